using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Writes ring files, readable texts or inventories of rings.</summary>
[Cmdlet(VerbsData.Export, "SwiftRing", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportSwiftRingCommand : FileCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The file to write; by default beside the source, where an older ring file is renewed.")]
    [ValidateNotNullOrEmpty]
    public string? DestinationPath { get; set; }

    [Parameter(HelpMessage = "The format of the ring file: 1, or 2 for Swift 2.36 and later.")]
    [ValidateRange(1, 2)]
    public int FormatVersion { get; set; } = 1;

    [Parameter(HelpMessage = "Bytes of a device's number in the ring file: 2, or 4 with format 2. By default what is needed.")]
    [ValidateSet("2", "4")]
    public int? DeviceIdBytes { get; set; }

    [Parameter(HelpMessage = "Write a text for people and version control.")]
    public SwitchParameter AsText { get; set; }

    [Parameter(HelpMessage = "Write a CSV file of the devices, as Add-SwiftRingDevice takes it.")]
    public SwitchParameter AsInventory { get; set; }

    [Parameter(HelpMessage = "Replace an existing file.")]
    public SwitchParameter Force { get; set; }

    protected override void ProcessFile(string path)
    {
        if (AsText && AsInventory)
            throw new StorageException(ErrorIds.ParameterInvalid, "-AsText and -AsInventory exclude each other.") { Target = path, Remedy = "Give one of them." };
        ExportSwiftRingOperation.Run(
            new ExportSwiftRingRequest(path, AsText ? SwiftRingExport.Text : AsInventory ? SwiftRingExport.Inventory : SwiftRingExport.Ring)
            {
                DestinationPath = DestinationPath,
                FormatVersion = FormatVersion,
                DeviceIdBytes = DeviceIdBytes,
                Force = Force,
            },
            Host);
    }
}
