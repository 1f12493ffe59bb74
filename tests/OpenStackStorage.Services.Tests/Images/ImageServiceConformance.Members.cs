namespace OpenStackStorage.Services.Tests.Images;

public abstract partial class ImageServiceConformance
{
    [Fact]
    public void A_member_sees_a_shared_image_and_lists_it_once_it_has_accepted()
    {
        Image image = As(Owner).Create(new ImageSpec());
        using System.Text.Json.JsonDocument golden = Golden("glance-member-add-wrong-visibility");

        ImageMember member = As(Owner).AddMember(image.Id, "two");

        Assert.Equal(golden.RootElement.GetProperty("body").GetProperty("status").GetString(), ImageWords.Of(member.Status));
        Assert.Equal((image.Id, "two"), (member.Image, member.Member));
        Assert.Equal(image.Id, As(Stranger).Get(image.Id).Id);
        Assert.Empty(As(Stranger).List(new ImageQuery()));
        Assert.Equal(ImageMemberStatus.Accepted, As(Stranger).SetMember(image.Id, "two", ImageMemberStatus.Accepted).Status);
        Assert.Single(As(Stranger).List(new ImageQuery()));
        As(Stranger).SetMember(image.Id, "two", ImageMemberStatus.Rejected);
        Assert.Empty(As(Stranger).List(new ImageQuery()));
        As(Owner).RemoveMember(image.Id, "two");
        Refused(ErrorIds.ImageNotFound, () => As(Stranger).Get(image.Id));
    }

    [Theory]
    [InlineData(ImageVisibility.Private)]
    [InlineData(ImageVisibility.Community)]
    [InlineData(ImageVisibility.Public)]
    public void Only_shared_images_have_members(ImageVisibility visibility)
    {
        Image image = As(Admin).Create(new ImageSpec { Owner = "one", Visibility = visibility });

        RefusedAs("glance-member-add-private", () => As(Owner).AddMember(image.Id, "abc"));
        RefusedAs("glance-member-add-private", () => As(Admin).AddMember(image.Id, "abc"));
        Refused(ErrorIds.NotAuthorized, () => As(Owner).ListMembers(image.Id));
        Refused(ErrorIds.NotAuthorized, () => As(Owner).SetMember(image.Id, "abc", ImageMemberStatus.Accepted));
        Refused(ErrorIds.NotAuthorized, () => As(Owner).RemoveMember(image.Id, "abc"));
    }

    [Fact]
    public void Only_the_member_answers_and_only_the_owner_shares()
    {
        Image image = As(Owner).Create(new ImageSpec());
        As(Owner).AddMember(image.Id, "two");
        As(Owner).AddMember(image.Id, "three");

        Refused(ErrorIds.NotAuthorized, () => As(Owner).SetMember(image.Id, "two", ImageMemberStatus.Accepted));
        Refused(ErrorIds.ImageMemberNotFound, () => As(Stranger).SetMember(image.Id, "three", ImageMemberStatus.Accepted));
        Refused(ErrorIds.NotAuthorized, () => As(Stranger).AddMember(image.Id, "four"));
        Refused(ErrorIds.NotAuthorized, () => As(Stranger).RemoveMember(image.Id, "two"));
        Refused(ErrorIds.NotAuthorized, () => As(Reader).AddMember(image.Id, "four"));
        Assert.Equal(ImageMemberStatus.Accepted, As(Admin).SetMember(image.Id, "three", ImageMemberStatus.Accepted).Status);
    }

    [Fact]
    public void The_owner_sees_all_members_and_a_member_itself()
    {
        Image image = As(Owner).Create(new ImageSpec());
        As(Owner).AddMember(image.Id, "two");
        As(Owner).AddMember(image.Id, "three");

        Assert.Equal(["two", "three"], As(Owner).ListMembers(image.Id).Select(member => member.Member));
        Assert.Equal(["two"], As(Stranger).ListMembers(image.Id).Select(member => member.Member));
    }

    [Fact]
    public void A_member_is_added_once_and_removed_once()
    {
        Image image = As(Owner).Create(new ImageSpec());
        As(Owner).AddMember(image.Id, "two");

        Refused(ErrorIds.ImageConflict, () => As(Owner).AddMember(image.Id, "two"));
        Refused(ErrorIds.ParameterInvalid, () => As(Owner).AddMember(image.Id, ""));
        Refused(ErrorIds.ImageMemberNotFound, () => As(Owner).RemoveMember(image.Id, "three"));
        As(Owner).RemoveMember(image.Id, "two");
        Refused(ErrorIds.ImageMemberNotFound, () => As(Owner).RemoveMember(image.Id, "two"));
        Assert.Equal(ImageMemberStatus.Pending, As(Owner).AddMember(image.Id, "two").Status);
    }
}
