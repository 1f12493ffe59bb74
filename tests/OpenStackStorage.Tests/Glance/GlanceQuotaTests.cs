using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Glance;

public sealed class GlanceQuotaTests : IDisposable
{
    private readonly StoreLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Quotas_begin_as_Glance_has_them()
    {
        GlanceQuota[] quotas = Get(_lab.Admin);
        Assert.Equal(
            ["image_size_total -1", "image_count_total -1", "image_count_uploading -1", "image_size_cap 1099511627776", "image_property_quota 128",
                "image_tag_quota 128", "image_member_quota 128", "image_location_quota 10"],
            quotas.Select(quota => $"{quota.Name} {quota.Limit}"));
        Assert.All(quotas, quota => Assert.Null(quota.Left));
        Assert.Equal(["SizeTotal", "SizeCap"], quotas.Where(quota => quota.Unit == "Bytes").Select(quota => quota.Quota));
    }

    [Fact]
    public void What_is_used_and_what_uploads_hold_is_not_left()
    {
        OpenStackStorageConnection web = _lab.As("web", "member");
        StoreLab.NewImage(web, "a", new byte[300]);
        Set(new(_lab.Admin, [ImageQuota.SizeTotal, ImageQuota.CountTotal], 1000) { Project = "web" });
        GlanceQuota? during = null;
        NoticedStream data = new(new byte[500], () => during = Get(web, ImageQuota.SizeTotal)[0]);

        web.Images.Upload(StoreLab.NewImage(web, "b").Id, new ImageContent.FromStream(data, 500), new ImageUploadOptions(), new WorkProgress(), CancellationToken.None);

        Assert.Equal((1000, 300, 500, 200), (during!.Limit, during.Used, during.Reserved, during.Left));
        GlanceQuota[] after = Get(web, ImageQuota.SizeTotal, ImageQuota.CountTotal);
        Assert.Equal((800, 0, 200), (after[0].Used, after[0].Reserved, after[0].Left));
        Assert.Equal((2, 0, 998), (after[1].Used, after[1].Reserved, after[1].Left));
    }

    [Fact]
    public void A_limit_below_what_is_used_leaves_nothing()
    {
        StoreLab.NewImage(_lab.Admin, "a", new byte[300]);
        Set(new(_lab.Admin, [ImageQuota.SizeTotal], 100));
        Assert.Equal(0, Get(_lab.Admin, ImageQuota.SizeTotal)[0].Left);
    }

    [Fact]
    public void A_setting_for_all_holds_where_a_project_has_none_and_a_reset_brings_it_back()
    {
        Set(new(_lab.Admin, [ImageQuota.Tags], 5) { IsDefault = true });
        MemoryHost host = Set(new(_lab.Admin, [ImageQuota.Tags], -1) { Project = "web", PassThru = true });
        Assert.Equal(("web", -1), (Assert.IsType<GlanceQuota>(Assert.Single(host.Objects)).Project, ((GlanceQuota)host.Objects[0]).Limit));
        Assert.Equal(5, Get(_lab.Admin, ImageQuota.Tags)[0].Limit);
        Set(new(_lab.Admin, [ImageQuota.Tags], null) { Project = "web" });
        Assert.Equal(5, Get(_lab.As("web", "reader"), ImageQuota.Tags)[0].Limit);
        Set(new(_lab.Admin, [ImageQuota.Tags], null) { IsDefault = true });
        Assert.Equal(128, Get(_lab.Admin, ImageQuota.Tags)[0].Limit);
    }

    [Fact]
    public void A_change_is_asked_about_in_words_and_without_an_answer_nothing_changes()
    {
        MemoryHost no = new() { Answer = false };
        SetGlanceQuotaOperation.Run(new(_lab.Admin, [ImageQuota.SizeTotal, ImageQuota.Tags], 2048) { Project = "web" }, no);
        SetGlanceQuotaOperation.Run(new(_lab.Admin, [ImageQuota.Tags], -1) { IsDefault = true }, no);
        SetGlanceQuotaOperation.Run(new(_lab.Admin, [ImageQuota.Tags], null), no);
        Assert.Equal(
            [
                ("image_size_total of project 'web'", "Set to 2 KiB"), ("image_tag_quota of project 'web'", "Set to 2048"),
                ("image_tag_quota of all projects that have none of their own", "Set to no limit"), ("image_tag_quota of project 'default'", "Take the setting back"),
            ],
            no.Questions);
        Assert.Equal(128, Get(_lab.Admin, ImageQuota.Tags)[0].Limit);
    }

    [Fact]
    public void Who_is_no_admin_is_refused_before_the_question()
    {
        MemoryHost no = new() { Answer = false };
        OpenStackStorageConnection web = _lab.As("web", "member");
        Assert.Equal(ErrorIds.NotAuthorized, Assert.Throws<ServiceException>(() => SetGlanceQuotaOperation.Run(new(web, [ImageQuota.Tags], 1), no)).Id);
        Assert.Empty(no.Questions);
        Assert.Equal(ErrorIds.NotAuthorized, Assert.Throws<ServiceException>(() => GetGlanceQuotaOperation.Run(new(web, "db"), no)).Id);
    }

    [Fact]
    public void One_project_and_all_of_them_at_once_are_refused()
    {
        StorageException e = Assert.Throws<StorageException>(() => Set(new(_lab.Admin, [ImageQuota.Tags], 1) { Project = "web", IsDefault = true }));
        Assert.Equal(ErrorIds.ParameterInvalid, e.Id);
    }

    private static MemoryHost Set(SetGlanceQuotaRequest request)
    {
        MemoryHost host = new();
        SetGlanceQuotaOperation.Run(request, host);
        return host;
    }

    private static GlanceQuota[] Get(OpenStackStorageConnection connection, params ImageQuota[] quotas)
    {
        MemoryHost host = new();
        GetGlanceQuotaOperation.Run(new(connection) { Quotas = quotas }, host);
        return [.. host.Objects.Cast<GlanceQuota>()];
    }

    /// <summary>Tells when the first byte is asked for.</summary>
    private sealed class NoticedStream(byte[] data, Action notice) : MemoryStream(data)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == 0)
                notice();
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
