using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Changes replicas, overload or the hours between moves of a ring.</summary>
[Cmdlet(VerbsCommon.Set, "SwiftRing", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(SwiftRing))]
public sealed class SetSwiftRingCommand : FileCmdlet
{
    [Parameter(HelpMessage = "Replicas of each partition, from 1; may have a fraction.")]
    [Alias("Replicas")]
    public double? Replica { get; set; }

    [Parameter(HelpMessage = "By how much a device may get more than its weight asks for, for better dispersion: 0.1 is 10 %.")]
    public double? Overload { get; set; }

    [Parameter(HelpMessage = "Hours for which a partition that moved is left alone.")]
    public int? MinPartHours { get; set; }

    [Parameter(HelpMessage = "Let every partition move at the next rebalance, as if the hours had passed.")]
    public SwitchParameter ResetMinPartHours { get; set; }

    [Parameter(HelpMessage = "Output the ring as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessFile(string path) =>
        SetSwiftRingOperation.Run(
            new SetSwiftRingRequest(path)
            {
                Replica = Replica,
                Overload = Overload,
                MinPartHours = MinPartHours,
                ResetMinPartHours = ResetMinPartHours,
                PassThru = PassThru,
            },
            Host);
}
