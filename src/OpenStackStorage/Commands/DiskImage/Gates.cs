using OpenStackStorage.Disks;

namespace OpenStackStorage.Commands;

/// <summary>The disk cmdlets' rule for files that an image names.</summary>
internal static class Gates
{
    public static OpenGate For(bool allowBackingFile) => allowBackingFile ? OpenGate.Allow : OpenGate.SameFolder;
}
