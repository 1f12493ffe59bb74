namespace OpenStackStorage.Services.Tests;

public sealed class VolumeAccessTests : VolumeCatalogTest
{
    [Theory]
    [InlineData("p1", "reader", true)]
    [InlineData("p2", "member", false)]
    [InlineData("p2", "admin", true)]
    public void Another_projects_things_are_not_found_but_by_admins(string project, string role, bool seen)
    {
        Volume volume = Put(Volume(1));
        VolumeSnapshot snapshot = Put(Snapshot(volume));
        VolumeAttachment attachment = Put(VolumeTables.Attachments, new VolumeAttachment
        {
            Id = AttachmentId.New(), Volume = volume.Id, Project = "p1", Status = AttachStatus.Reserved, Mode = "rw", CreatedAt = Now,
        });
        VolumeAccess access = new(PolicyRules.Cinder, new("u", project, [role]));

        Look(ErrorIds.VolumeNotFound, reader => access.Find(reader, volume.Id).Id.ToString(), volume.Id.ToString());
        Look(ErrorIds.SnapshotNotFound, reader => access.Find(reader, snapshot.Id).Id.ToString(), snapshot.Id.ToString());
        Look(ErrorIds.AttachmentNotFound, reader => access.Find(reader, attachment.Id).Id.ToString(), attachment.Id.ToString());

        void Look(ErrorId id, Func<ICatalogReader, string> find, string expected)
        {
            if (seen)
                Assert.Equal(expected, Catalog.Read(find));
            else
                Assert.Equal(expected, Refused(id, () => Catalog.Read(find)).Target);
        }
    }

    [Fact]
    public void What_is_seen_and_not_allowed_is_refused_with_the_check_that_decided()
    {
        Volume volume = Put(Volume(1));
        VolumeAccess access = new(PolicyRules.Cinder, new("olga", "p1", ["other"]));

        ServiceException error = Refused(ErrorIds.NotAuthorized, () => Catalog.Read(reader => access.Find(reader, volume.Id)));

        Assert.Equal(volume.Id.ToString(), error.Target);
        Assert.Contains("'volume:get'", error.Message, StringComparison.Ordinal);
        Assert.Contains("role:reader", error.Message, StringComparison.Ordinal);
        Assert.Contains("olga", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_may_what_a_reader_may_not()
    {
        Volume volume = Volume(1);
        VolumeAccess reader = new(PolicyRules.Cinder, new("u", "p1", ["reader"])), member = new(PolicyRules.Cinder, new("u", "p1", ["member"]));

        Assert.False(reader.Allows("volume:delete", volume));
        Assert.True(member.Allows("volume:delete", volume));
        Assert.True(member.Allows("volume:create"));
        Refused(ErrorIds.NotAuthorized, () => reader.Require("volume:create"));
        Refused(ErrorIds.NotAuthorized, () => member.RequireOf("volume_extension:quotas:show", "p2"));
        member.RequireOf("volume_extension:quotas:show", "p1");
    }

    [Theory]
    [InlineData("u1", true)]
    [InlineData("u2", false)]
    public void A_rule_may_be_about_who_made_a_volume(string user, bool allowed)
    {
        PolicyRules policy = PolicyRules.Cinder.With("volume:delete: 'user_id:%(user_id)s'", "f");
        Assert.Equal(allowed, new VolumeAccess(policy, new(user, "p1", ["member"])).Allows("volume:delete", Volume(1)));
    }

    [Theory]
    [InlineData("p1", "member", true)]
    [InlineData("p2", "member", false)]
    [InlineData("p2", "admin", true)]
    public void A_private_type_is_for_its_projects_and_admins(string project, string role, bool seen)
    {
        VolumeType type = Put(Type("fast") with { IsPublic = false, Projects = ["p1"] });
        VolumeAccess access = new(PolicyRules.Cinder, new("u", project, [role]));

        foreach (string name in new[] { "fast", type.Id.ToString("D"), type.Id.ToString("D").ToUpperInvariant() })
        {
            if (seen)
                Assert.Equal(type.Id, Catalog.Read(reader => access.FindType(reader, name)).Id);
            else
                Refused(ErrorIds.VolumeTypeNotFound, () => Catalog.Read(reader => access.FindType(reader, name)));
        }
    }

    [Fact]
    public void An_id_is_meant_before_a_name()
    {
        VolumeType first = Put(Type("first"));
        VolumeType second = Put(Type(first.Id.ToString("D")));
        VolumeType third = Put(Type(Guid.NewGuid().ToString("D")));
        VolumeAccess access = new(PolicyRules.Cinder, new("u", "p1", ["member"]));

        Assert.Equal(first.Id, Catalog.Read(reader => access.FindType(reader, second.Name)).Id);
        Assert.Equal(third.Id, Catalog.Read(reader => access.FindType(reader, third.Name)).Id);
    }
}
