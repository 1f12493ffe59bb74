using System.Management.Automation;
using OpenStackStorage.Commands;

namespace OpenStackStorage.Hosting;

/// <summary>The base of the cmdlets that take one step of an increase of the part power.</summary>
public abstract class PartPowerCmdlet : FileCmdlet
{
    [Parameter(HelpMessage = "The format of the ring file: 1, or 2 for Swift 2.36 and later.")]
    [ValidateRange(1, 2)]
    public int FormatVersion { get; set; } = 1;

    [Parameter(HelpMessage = "Write the builder only.")]
    public SwitchParameter NoRing { get; set; }

    /// <summary>The step.</summary>
    protected abstract PartPowerStep Step { get; }

    protected sealed override void ProcessFile(string path) =>
        PartPowerOperation.Run(new PartPowerRequest(path, Step) { FormatVersion = FormatVersion, NoRing = NoRing }, Host);
}
