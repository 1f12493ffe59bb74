using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists what is wrong with rings, or worth knowing.</summary>
[Cmdlet(VerbsCommon.Get, "SwiftRingCheck", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(SwiftRingCheck))]
public sealed class GetSwiftRingCheckCommand : FileCmdlet
{
    protected override void ProcessFile(string path) => CheckSwiftRingOperation.List(new CheckSwiftRingRequest(path), Host);
}
