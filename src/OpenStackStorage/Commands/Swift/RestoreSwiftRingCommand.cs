using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Brings a ring builder back from a backup.</summary>
[Cmdlet(VerbsData.Restore, "SwiftRing", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SwiftRing))]
public sealed class RestoreSwiftRingCommand : StorageCmdlet
{
    private const string PathSet = "Path";
    private const string ObjectSet = "Object";

    [Parameter(ParameterSetName = PathSet, Mandatory = true, Position = 0, HelpMessage = "The builder file.")]
    [Alias("BuilderPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    [Parameter(ParameterSetName = PathSet, Position = 1, HelpMessage = "The backup to bring back; by default the newest of another version.")]
    [ValidateNotNullOrEmpty]
    public string? BackupPath { get; set; }

    [Parameter(ParameterSetName = ObjectSet, Mandatory = true, ValueFromPipeline = true, HelpMessage = "A backup, as Get-SwiftRingHistory gives it.")]
    [ValidateNotNull]
    public SwiftRingBackup? Backup { get; set; }

    [Parameter(HelpMessage = "The format of the ring file: 1, or 2 for Swift 2.36 and later.")]
    [ValidateRange(1, 2)]
    public int FormatVersion { get; set; } = 1;

    [Parameter(HelpMessage = "Write the builder only.")]
    public SwitchParameter NoRing { get; set; }

    protected override void Process()
    {
        string path = Host.ResolveNewPath(Backup?.BuilderPath ?? Path);
        string? backup = Backup?.Path ?? (BackupPath is null ? null : Host.ResolvePaths(BackupPath, literal: true)[0]);
        RestoreSwiftRingOperation.Run(new RestoreSwiftRingRequest(path, backup) { FormatVersion = FormatVersion, NoRing = NoRing }, Host);
    }
}
