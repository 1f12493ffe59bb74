using System.Diagnostics.CodeAnalysis;

namespace OpenStackStorage.Services;

/// <summary>The names of files in a folder of volumes, as Cinder's remotefs drivers have them (<c>volume_name_template</c>, <c>_get_new_snap_path</c>).</summary>
internal static class LayerNames
{
    public const string PartialMark = ".partial-";

    private const string Start = "volume-";
    private const int IdLength = 36;

    /// <summary>The volume's first layer.</summary>
    public static string First(VolumeId volume) => Start + volume;

    /// <summary>The layer that takes the writes after a snapshot, or after another moment that has an id.</summary>
    public static string Above(VolumeId volume, Guid moment) => $"{First(volume)}.{moment:D}";

    /// <summary>Which layer is active, and which began with which snapshot.</summary>
    public static string Info(VolumeId volume) => First(volume) + ".info";

    /// <summary>What <see cref="Info"/> is called from the moment on from which a deletion is only finished.</summary>
    public static string Deleted(VolumeId volume) => First(volume) + ".deleted";

    /// <summary>The name that the file of a volume had before it was taken over.</summary>
    public static string Managed(VolumeId volume) => First(volume) + ".managed";

    /// <summary>True for the name of a layer.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out VolumeId volume)
    {
        volume = default;
        if (name is null || !name.StartsWith(Start, StringComparison.Ordinal) || name.Length < Start.Length + IdLength
            || !VolumeId.TryParse(name.Substring(Start.Length, IdLength), out volume))
        {
            return false;
        }

        ReadOnlySpan<char> rest = name.AsSpan(Start.Length + IdLength);
        return First(volume) == name || (rest.Length == IdLength + 1 && rest[0] == '.' && Guid.TryParseExact(rest[1..], "D", out _));
    }

    public static bool IsLayerOf(VolumeId volume, string? name) => TryParse(name, out VolumeId owner) && owner == volume;

    /// <summary>The volume that a file's name begins with, whatever follows.</summary>
    public static bool TryParseOwner(string name, out VolumeId volume)
    {
        volume = default;
        return name.StartsWith(Start, StringComparison.Ordinal) && name.Length >= Start.Length + IdLength
            && VolumeId.TryParse(name.Substring(Start.Length, IdLength), out volume);
    }

    /// <summary>The layer that an image names as the one behind it: a name without a folder, or with this one.</summary>
    public static string? FromReference(string? reference) =>
        reference is null ? null : reference.StartsWith("./", StringComparison.Ordinal) || reference.StartsWith(@".\", StringComparison.Ordinal) ? reference[2..] : reference;
}
