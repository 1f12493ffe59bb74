using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class CinderAttachmentTests : CinderTest
{
    private static readonly Dictionary<string, string> Node = new() { ["host"] = "node1" };

    [Fact]
    public void A_volume_is_reserved_connected_completed_and_let_go()
    {
        CinderVolume volume = Blank("web");
        CinderAttachment attachment = Attach(volume, new AttachmentSpec { Instance = "vm", MountPoint = "/dev/vdb" });
        Assert.Equal(("reserved", "rw", "vm", "/dev/vdb", "web"), (attachment.Status, attachment.Mode, attachment.Instance, attachment.MountPoint, attachment.VolumeName));
        Assert.Empty(attachment.ConnectionInfo);
        CinderAttachment connected = Changed(attachment, volumes => volumes.Connect(attachment.Id, Node, null, null));
        Assert.Equal(("attaching", "rw"), (connected.Status, connected.ConnectionInfo["access_mode"]));
        Assert.Equal("attached", Changed(attachment, volumes => volumes.CompleteAttachment(attachment.Id)).Status);
        Assert.Equal("in-use", Now(volume).Status);
        Admin.Volumes.Detach(attachment.Id);
        Assert.Equal("available", Now(volume).Status);
        Refused(ErrorIds.AttachmentNotFound, () => CinderAttachments.Get(Admin, attachment.Id));
        Refused(ErrorIds.AttachmentNotFound, () => CinderAttachments.Get(null, attachment.Id));
    }

    [Fact]
    public void What_if_says_what_is_going_to_happen_and_reserves_nothing()
    {
        CinderVolume volume = Blank("web");
        Assert.Equal("Reserve the volume for 'vm'", Asked(volume, new AttachmentSpec { Instance = "vm" }));
        Assert.Equal("Attach the volume, mode ro", Asked(volume, new AttachmentSpec { Connector = Node, Mode = "ro" }));
        Assert.Equal("available", Now(volume).Status);
        Attach(volume, new AttachmentSpec());
        Refused(ErrorIds.VolumeConflict, () => Asked(volume, new AttachmentSpec()));
    }

    [Fact]
    public void A_completion_without_a_connector_is_refused_before_anybody_is_asked()
    {
        CinderAttachment attachment = Attach(Blank("web"), new AttachmentSpec());
        MemoryHost host = Host();
        Refused(ErrorIds.VolumeConflict, () => CinderAttachments.Change(attachment, "Complete", volumes => volumes.CompleteAttachment(attachment.Id), passThru: true, host));
        Assert.Empty(host.Questions);
    }

    private CinderAttachment Attach(CinderVolume volume, AttachmentSpec spec)
    {
        MemoryHost host = Host();
        NewCinderAttachmentOperation.Run(new NewCinderAttachmentRequest(volume, spec), host);
        return Assert.IsType<CinderAttachment>(Assert.Single(host.Objects));
    }

    private string Asked(CinderVolume volume, AttachmentSpec spec)
    {
        MemoryHost host = Host(answer: false);
        NewCinderAttachmentOperation.Run(new NewCinderAttachmentRequest(volume, spec), host);
        Assert.Empty(host.Objects);
        return Assert.Single(host.Questions).Action;
    }

    private CinderAttachment Changed(CinderAttachment attachment, Func<IVolumeService, VolumeAttachment> change)
    {
        MemoryHost host = Host();
        CinderAttachments.Change(attachment, "Change", change, passThru: true, host);
        return Assert.IsType<CinderAttachment>(Assert.Single(host.Objects));
    }
}
