using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Glance;

public sealed class GlanceImageMemberTests : IDisposable
{
    private readonly StoreLab _lab = new();
    private readonly OpenStackStorageConnection _web;
    private readonly GlanceImage _image;

    public GlanceImageMemberTests()
    {
        _web = _lab.As("web", "member");
        _image = StoreLab.NewImage(_web, "win");
    }

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_member_is_added_answers_and_is_removed()
    {
        MemoryHost added = new();
        ChangeGlanceImageMemberOperation.Add(new(_image, ["db", "ops"]) { PassThru = true }, added);
        Assert.Equal([("win", "db", "pending"), ("win", "ops", "pending")], added.Objects.Cast<GlanceImageMember>().Select(one => (one.ImageName, one.Member, one.Status)));

        GlanceImage seen = GlanceImages.Find(_lab.As("db", "member"), "win");
        ChangeGlanceImageMemberOperation.Set(new(seen, ["db"]) { Status = ImageMemberStatus.Accepted }, new MemoryHost());
        Assert.Equal(["db accepted", "ops pending"], Members());
        Assert.Single(_lab.As("db", "member").Images.List(new ImageQuery()));

        ChangeGlanceImageMemberOperation.Remove(new(_image, ["db"]), new MemoryHost());
        Assert.Equal(["ops pending"], Members());
    }

    [Fact]
    public void Each_project_is_asked_about_and_nothing_changes_without_an_answer()
    {
        ChangeGlanceImageMemberOperation.Add(new(_image, ["ops"]), new MemoryHost());
        MemoryHost no = new() { Answer = false };
        ChangeGlanceImageMemberOperation.Add(new(_image, ["db"]), no);
        ChangeGlanceImageMemberOperation.Remove(new(_image, ["ops"]), no);
        ChangeGlanceImageMemberOperation.Set(new(GlanceImages.Find(_lab.Admin, "win"), ["ops"]) { Status = ImageMemberStatus.Rejected }, no);
        Assert.Equal(
            [("win", "Share with project 'db'"), ("win", "Share no longer with project 'ops'"), ("win", "Record that project 'ops' rejects it")], no.Questions);
        Assert.Equal(["ops pending"], Members());
    }

    [Fact]
    public void A_refusal_is_the_error_of_one_project_and_comes_before_the_question()
    {
        MemoryHost host = new();
        ChangeGlanceImageMemberOperation.Add(new(_image, ["db", "db", "ops"]), host);
        Assert.Equal(ErrorIds.ImageConflict, Assert.Single(host.Errors).Id);
        Assert.Equal(2, host.Questions.Count);

        MemoryHost owner = new();
        ChangeGlanceImageMemberOperation.Set(new(_image, ["db", "none"]) { Status = ImageMemberStatus.Accepted }, owner);
        Assert.Equal([ErrorIds.NotAuthorized, ErrorIds.ImageMemberNotFound], owner.Errors.Select(error => error.Id));
        Assert.Empty(owner.Questions);
        Assert.Equal(["db pending", "ops pending"], Members());
    }

    [Fact]
    public void Only_shared_images_have_members()
    {
        GlanceImage own = StoreLab.NewImage(_web, "own", ImageVisibility.Private);
        MemoryHost host = new();
        ChangeGlanceImageMemberOperation.Add(new(own, ["db"]), host);
        Assert.Equal(ErrorIds.NotAuthorized, Assert.Single(host.Errors).Id);
        Assert.Equal(ErrorIds.NotAuthorized, Assert.Throws<ServiceException>(() => GetGlanceImageMemberOperation.Run(new(own), host)).Id);
    }

    [Fact]
    public void A_member_that_was_named_and_is_none_is_an_error()
    {
        ChangeGlanceImageMemberOperation.Add(new(_image, ["db", "ops"]), new MemoryHost());
        MemoryHost host = new();
        GetGlanceImageMemberOperation.Run(new(_image) { Members = ["ops", "none"] }, host);
        Assert.Equal(["ops"], host.Objects.Cast<GlanceImageMember>().Select(member => member.Member));
        Assert.Equal("none", Assert.Single(host.Errors).Target);
    }

    private string[] Members()
    {
        MemoryHost host = new();
        GetGlanceImageMemberOperation.Run(new(_image), host);
        return [.. host.Objects.Cast<GlanceImageMember>().Select(member => $"{member.Member} {member.Status}")];
    }
}
