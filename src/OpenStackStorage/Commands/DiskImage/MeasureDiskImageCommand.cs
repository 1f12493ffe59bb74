using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Tells how large a new image is going to be.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "DiskImage", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(DiskImageMeasure))]
public sealed class MeasureDiskImageCommand : DiskImageCmdlet
{
    private const string SizeSet = "Size";

    [Parameter(ParameterSetName = SizeSet, Mandatory = true, HelpMessage = "Bytes of the disk of a new, empty image, such as 10GB.")]
    [Alias("SizeBytes")]
    [ByteSize]
    public ulong? Size { get; set; }

    [Parameter(Mandatory = true, HelpMessage = "The format of the new image.")]
    public DiskImageFormat Format { get; set; }

    [Parameter(HelpMessage = "The variety within the format, such as v2 for qcow2, fixed for VHD and VHDX, static for VDI, streamOptimized for VMDK.")]
    public string? SubFormat { get; set; }

    [Parameter(HelpMessage = "Bytes of the unit of allocation: for qcow2 a power of two from 512 to 2MB, by default 64KB; the blocks of VHD and VHDX.")]
    [Alias("BlockSizeBytes")]
    [ByteSize]
    public ulong? ClusterSize { get; set; }

    [Parameter(HelpMessage = "What the new image reserves from the start: nothing, the tables, or also the space.")]
    public Preallocation Preallocation { get; set; }

    [Parameter(HelpMessage = "The format's own options by the names that qemu-img gives them, such as @{ refcount_bits = 8 } or @{ adapter_type = 'lsilogic' }.")]
    public Hashtable? Option { get; set; }

    [Parameter(HelpMessage = "Measure for this internal snapshot, by id or name, in place of the current state.")]
    [ValidateNotNullOrEmpty]
    public string? Snapshot { get; set; }

    [Parameter(HelpMessage = "The format to read the source as. By default it is recognised by its content.")]
    public DiskImageFormat? SourceFormat { get; set; }

    [Parameter(HelpMessage = "Open files that the source names wherever they lie. By default only in its own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    protected override void ProcessImage(string path) => Run(path);

    protected override void ProcessWithoutFile() => Run(null);

    private void Run(string? path) =>
        MeasureDiskImageOperation.Run(
            new MeasureDiskImageRequest(path, Format)
            {
                Size = Size,
                SubFormat = SubFormat,
                ClusterSize = ClusterSize,
                Preallocation = Preallocation,
                Options = FormatOptions.From(Option),
                Snapshot = Snapshot,
                SourceFormat = SourceFormat,
                AllowBackingFile = AllowBackingFile,
            },
            Host);
}
