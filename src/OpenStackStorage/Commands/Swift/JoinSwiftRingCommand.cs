using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Makes one ring of several builders, each with regions of its own.</summary>
[Cmdlet(VerbsCommon.Join, "SwiftRing", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(SwiftRing))]
public sealed class JoinSwiftRingCommand : FileCmdlet
{
    private readonly List<string> _paths = [];

    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The ring file to make: object.ring.gz.")]
    [ValidateNotNullOrEmpty]
    public string? DestinationPath { get; set; }

    [Parameter(HelpMessage = "The format of the ring file: 1, or 2 for Swift 2.36 and later.")]
    [ValidateRange(1, 2)]
    public int FormatVersion { get; set; } = 1;

    [Parameter(HelpMessage = "A file that keeps the builders' ids and versions, to know them again: object.composite.")]
    [ValidateNotNullOrEmpty]
    public string? CompositePath { get; set; }

    [Parameter(HelpMessage = "Replace an existing file, whatever builders it was made of.")]
    public SwitchParameter Force { get; set; }

    protected override void ProcessFile(string path) => _paths.Add(path);

    protected override void Complete()
    {
        if (_paths.Count > 0)
            JoinSwiftRingOperation.Run(new JoinSwiftRingRequest(_paths, DestinationPath!) { FormatVersion = FormatVersion, CompositePath = CompositePath, Force = Force }, Host);
    }
}
