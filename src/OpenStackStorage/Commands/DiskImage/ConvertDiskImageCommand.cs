using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Converts disk images to another format on all cores.</summary>
[Cmdlet(VerbsData.Convert, "DiskImage", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(DiskImageInfo))]
public sealed class ConvertDiskImageCommand : DiskImageCmdlet
{
    private readonly HashSet<string> _destinations = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);

    [Parameter(Position = 1, HelpMessage = "The new image, a folder for it, or a block device. By default it lies beside the source, with the ending of its format.")]
    [ValidateNotNullOrEmpty]
    public string? DestinationPath { get; set; }

    [Parameter(Mandatory = true, HelpMessage = "The format to convert to.")]
    public DiskImageFormat Format { get; set; }

    [Parameter(HelpMessage = "The format to read the source as. By default it is recognised by its content.")]
    public DiskImageFormat? SourceFormat { get; set; }

    [Parameter(HelpMessage = "The variety within the format, such as v2 for qcow2, fixed for VHD and VHDX, static for VDI, streamOptimized for VMDK.")]
    public string? SubFormat { get; set; }

    [Parameter(HelpMessage = "Compress the data: clusters of qcow2, or a streamOptimized VMDK.")]
    public SwitchParameter Compress { get; set; }

    [Parameter(HelpMessage = "1 (fast) to 9 (small) for zlib, 1 to 22 for zstd.")]
    [ValidateRange(1, 22)]
    public int? CompressionLevel { get; set; }

    [Parameter(HelpMessage = "The codec for compressed clusters.")]
    public CompressionType CompressionType { get; set; }

    [Parameter(HelpMessage = "Bytes of the unit of allocation: for qcow2 a power of two from 512 to 2MB, by default 64KB; the blocks of VHD and VHDX.")]
    [Alias("BlockSizeBytes")]
    [ByteSize]
    public ulong? ClusterSize { get; set; }

    [Parameter(HelpMessage = "An image that shows through where the new one stores nothing: only what differs from it is stored.")]
    [Alias("ParentPath")]
    [ValidateNotNullOrEmpty]
    public string? BackingFile { get; set; }

    [Parameter(HelpMessage = "Convert this internal snapshot, by id or name, in place of the current state.")]
    [ValidateNotNullOrEmpty]
    public string? Snapshot { get; set; }

    [Parameter(HelpMessage = "The shortest run of zeroes that becomes a hole in a raw file, by default 4KB; 0 makes no holes.")]
    [ByteSize]
    public ulong? SparseSize { get; set; }

    [Parameter(HelpMessage = "Go on where the source is damaged or unreadable: what is lost becomes zeroes, and is told of.")]
    public SwitchParameter Salvage { get; set; }

    [Parameter(HelpMessage = "Read the new image back and compare it with the source before it gets its name.")]
    public SwitchParameter Verify { get; set; }

    [Parameter(HelpMessage = "How many threads work; by default one a processor. The result is the same at any number.")]
    [ValidateRange(1, 256)]
    public int? ThrottleLimit { get; set; }

    [Parameter(HelpMessage = "Open files that the source names wherever they lie. By default only in its own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    [Parameter(HelpMessage = "Replace an existing file, or write over a block device.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "The new image comes out with or without it: Convert-VHD needs it, and so it is taken.")]
    public SwitchParameter PassThru { get; set; }

    [Parameter(HelpMessage = "Convert in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessImage(string path) =>
        ConvertDiskImageOperation.Run(
            new ConvertDiskImageRequest(path, Format)
            {
                DestinationPath = DestinationPath,
                SourceFormat = SourceFormat,
                SubFormat = SubFormat,
                Compress = Compress,
                CompressionLevel = CompressionLevel,
                CompressionType = CompressionType,
                ClusterSize = ClusterSize,
                BackingFile = BackingFile,
                Snapshot = Snapshot,
                SparseSize = SparseSize,
                Salvage = Salvage,
                Verify = Verify,
                ThrottleLimit = ThrottleLimit,
                AllowBackingFile = AllowBackingFile,
                Force = Force,
                Destinations = _destinations,
            },
            Host);
}
