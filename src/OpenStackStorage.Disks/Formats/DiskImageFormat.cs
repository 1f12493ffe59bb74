namespace OpenStackStorage.Disks;

/// <summary>The disk image formats. <c>ImageFormats</c> holds what each can do.</summary>
public enum DiskImageFormat
{
    Raw,
    Qcow2,
    Vhd,
    Vdi,
    Vmdk,
    Vhdx,
}
