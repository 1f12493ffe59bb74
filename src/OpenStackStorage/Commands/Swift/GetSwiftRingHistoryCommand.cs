using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists the backups of ring builders.</summary>
[Cmdlet(VerbsCommon.Get, "SwiftRingHistory", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(SwiftRingBackup))]
public sealed class GetSwiftRingHistoryCommand : FileCmdlet
{
    protected override void ProcessFile(string path) => GetSwiftRingHistoryOperation.Run(new GetSwiftRingHistoryRequest(path), Host);
}
