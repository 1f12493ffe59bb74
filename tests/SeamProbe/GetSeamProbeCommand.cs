using System.Management.Automation;
using OpenStackStorage;
using OpenStackStorage.Hosting;

namespace SeamProbe;

/// <summary>What came through the seam. Like our outputs it is identified by its path.</summary>
public sealed record ProbeResult(string Path, string Set);

/// <summary>Shows how paths bind and resolve, and how errors come out.</summary>
[Cmdlet(VerbsCommon.Get, "SeamProbe", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(ProbeResult))]
public sealed class GetSeamProbeCommand : DiskImageCmdlet
{
    [Parameter(Position = 1, HelpMessage = "A path that need not exist.")]
    public string? DestinationPath { get; set; }

    [Parameter(HelpMessage = "End the whole command at the first file.")]
    public SwitchParameter Fatal { get; set; }

    protected override void ProcessImage(string path)
    {
        StorageException error = new(ErrorIds.ImageCorrupt, $"'{path}' is corrupt.") { Target = path };
        if (Fatal)
            Host.Fail(error);
        if (path.Contains("bad", StringComparison.Ordinal))
            throw error;
        if (DestinationPath is null)
        {
            Host.WriteObject(new ProbeResult(path, ParameterSetName));
            return;
        }

        string destination = Host.ResolveNewPath(DestinationPath);
        if (File.Exists(destination))
            throw new StorageException(ErrorIds.DestinationExists, $"'{destination}' exists already.") { Target = destination };
        Host.WriteObject(new ProbeResult(destination, ParameterSetName));
    }
}
