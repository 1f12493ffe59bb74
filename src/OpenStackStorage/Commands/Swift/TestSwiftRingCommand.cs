using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Says whether rings can be used.</summary>
[Cmdlet(VerbsDiagnostic.Test, "SwiftRing", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(bool))]
public sealed class TestSwiftRingCommand : FileCmdlet
{
    protected override void ProcessFile(string path) => CheckSwiftRingOperation.Test(new CheckSwiftRingRequest(path), Host);
}
