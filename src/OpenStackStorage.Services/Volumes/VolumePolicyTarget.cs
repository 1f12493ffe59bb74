using System.Globalization;

namespace OpenStackStorage.Services;

/// <summary>
/// Volumes and what belongs to them as policy checks see them: Cinder gives a check the fields of the object
/// (<c>cinder/context.py</c>, <c>authorize</c>). Values are written as Python does.
/// </summary>
public static class VolumePolicyTarget
{
    private const string None = "None";

    /// <summary>What belongs to a project and to nothing yet: what is to be made, a list, a quota.</summary>
    public static Func<string, string?> Of(string project, string user) => name => name switch
    {
        "project_id" => project,
        "user_id" => user,
        _ => null,
    };

    public static Func<string, string?> Of(Volume volume) => name => name switch
    {
        "id" => volume.Id.ToString(),
        "project_id" => volume.Project,
        "user_id" => volume.User,
        "name" or "display_name" => volume.Name ?? None,
        "status" => VolumeWords.Of(volume.Status),
        "size" => volume.SizeGiB.ToString(CultureInfo.InvariantCulture),
        "host" => volume.Host ?? None,
        "availability_zone" => volume.AvailabilityZone,
        "bootable" => volume.Bootable.ToString(),
        "multiattach" => volume.Multiattach.ToString(),
        _ => null,
    };

    public static Func<string, string?> Of(VolumeSnapshot snapshot) => name => name switch
    {
        "id" => snapshot.Id.ToString(),
        "project_id" => snapshot.Project,
        "volume_id" => snapshot.Volume.ToString(),
        "name" or "display_name" => snapshot.Name ?? None,
        "status" => VolumeWords.Of(snapshot.Status),
        "volume_size" => snapshot.SizeGiB.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    public static Func<string, string?> Of(VolumeAttachment attachment) => name => name switch
    {
        "id" => attachment.Id.ToString(),
        "project_id" => attachment.Project,
        "volume_id" => attachment.Volume.ToString(),
        "instance_uuid" => attachment.Instance ?? None,
        "attach_status" => VolumeWords.Of(attachment.Status),
        _ => null,
    };
}
