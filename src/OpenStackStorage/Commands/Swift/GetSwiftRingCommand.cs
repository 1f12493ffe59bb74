using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Shows ring builder files and ring files.</summary>
[Cmdlet(VerbsCommon.Get, "SwiftRing", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(SwiftRing))]
public sealed class GetSwiftRingCommand : FileCmdlet
{
    protected override void ProcessFile(string path) => GetSwiftRingOperation.Run(new GetSwiftRingRequest(path), Host);
}
