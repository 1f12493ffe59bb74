using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Makes a builder out of a ring file.</summary>
[Cmdlet(VerbsData.Import, "SwiftRing", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(SwiftRing))]
public sealed class ImportSwiftRingCommand : FileCmdlet
{
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The builder file to make: object.builder.")]
    [ValidateNotNullOrEmpty]
    public string? DestinationPath { get; set; }

    [Parameter(HelpMessage = "Hours for which a partition that moved is left alone; a ring does not say it. By default 24.")]
    public int? MinPartHours { get; set; }

    [Parameter(HelpMessage = "Replace an existing file.")]
    public SwitchParameter Force { get; set; }

    protected override void ProcessFile(string path) =>
        ImportSwiftRingOperation.Run(new ImportSwiftRingRequest(path, DestinationPath!, MinPartHours, Force), Host);
}
