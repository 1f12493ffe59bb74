using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Makes an empty disk image, or one over a backing file.</summary>
[Cmdlet(VerbsCommon.New, "DiskImage", DefaultParameterSetName = SizeSet, SupportsShouldProcess = true)]
[OutputType(typeof(DiskImageInfo))]
public sealed class NewDiskImageCommand : StorageCmdlet
{
    private const string SizeSet = "Size";
    private const string BackingFileSet = "BackingFile";

    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The image file to make.")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    [Parameter(Mandatory = true, HelpMessage = "The format of the image.")]
    public DiskImageFormat Format { get; set; }

    [Parameter(ParameterSetName = SizeSet, Mandatory = true, Position = 1, HelpMessage = "Bytes of the disk, such as 10GB.")]
    [Parameter(ParameterSetName = BackingFileSet, HelpMessage = "Bytes of the disk; by default those of the backing file.")]
    [Alias("SizeBytes")]
    [ByteSize]
    public ulong? Size { get; set; }

    [Parameter(ParameterSetName = BackingFileSet, Mandatory = true, HelpMessage = "The image that shows through where the new one holds nothing.")]
    [Alias("ParentPath")]
    [ValidateNotNullOrEmpty]
    public string? BackingFile { get; set; }

    [Parameter(HelpMessage = "The variety within the format, such as v2 for qcow2, fixed for VHD and VHDX, static for VDI, streamOptimized for VMDK.")]
    public string? SubFormat { get; set; }

    [Parameter(HelpMessage = "Bytes of the unit of allocation: for qcow2 a power of two from 512 to 2MB, by default 64KB; the blocks of VHD and VHDX.")]
    [Alias("BlockSizeBytes")]
    [ByteSize]
    public ulong? ClusterSize { get; set; }

    [Parameter(HelpMessage = "What is reserved now: nothing, the tables, or also the space.")]
    public Preallocation Preallocation { get; set; }

    [Parameter(HelpMessage = "The codec for compressed clusters.")]
    public CompressionType CompressionType { get; set; }

    [Parameter(HelpMessage = "The format's own options by the names that qemu-img gives them, such as @{ refcount_bits = 8 } or @{ adapter_type = 'lsilogic' }.")]
    public Hashtable? Option { get; set; }

    [Parameter(HelpMessage = "Replace an existing file.")]
    public SwitchParameter Force { get; set; }

    protected override void Process() =>
        NewDiskImageOperation.Run(
            new NewDiskImageRequest(Path, Format)
            {
                Size = Size,
                BackingFile = BackingFile,
                SubFormat = SubFormat,
                ClusterSize = ClusterSize,
                Preallocation = Preallocation,
                CompressionType = CompressionType,
                Options = FormatOptions.From(Option),
                Force = Force,
            },
            Host);
}
