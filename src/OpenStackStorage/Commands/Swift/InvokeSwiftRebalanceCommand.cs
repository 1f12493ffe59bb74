using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Assigns the partitions of a ring to its devices and writes the ring file.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SwiftRebalance", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(SwiftRebalanceResult))]
public sealed class InvokeSwiftRebalanceCommand : FileCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The same seed gives the same ring as swift-ring-builder --seed.")]
    [ValidateNotNullOrEmpty]
    public string? Seed { get; set; }

    [Parameter(HelpMessage = "Save also what changed by less than 1 %, or not at all.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "How Swift's Python adds numbers: Plain up to 3.11, Compensated from 3.12. Rings can differ.")]
    public PythonSum PythonSum { get; set; }

    [Parameter(HelpMessage = "The format of the ring file: 1, or 2 for Swift 2.36 and later.")]
    [ValidateRange(1, 2)]
    public int FormatVersion { get; set; } = 1;

    [Parameter(HelpMessage = "Write the builder only.")]
    public SwitchParameter NoRing { get; set; }

    [Parameter(HelpMessage = "Rebalance in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessFile(string path) =>
        InvokeSwiftRebalanceOperation.Run(
            new InvokeSwiftRebalanceRequest(path) { Seed = Seed, Force = Force, PythonSum = PythonSum, FormatVersion = FormatVersion, NoRing = NoRing },
            Host);
}
