using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Whose backups to list.</summary>
public sealed record GetSwiftRingHistoryRequest(string Path);

/// <summary>Lists the backups of a builder and its ring, oldest first.</summary>
public static class GetSwiftRingHistoryOperation
{
    public static void Run(GetSwiftRingHistoryRequest request, ICmdletHost host)
    {
        foreach (RingBackup backup in RingHistory.List(request.Path))
        {
            host.Stop.ThrowIfCancellationRequested();
            host.WriteObject(ToModel(request.Path, backup));
        }
    }

    private static SwiftRingBackup ToModel(string path, RingBackup backup)
    {
        RingSource? source = TryRead(backup.Path);
        return new SwiftRingBackup
        {
            Path = backup.Path,
            BuilderPath = path,
            Kind = backup.IsBuilder ? "Builder" : "Ring",
            Time = backup.Time,
            Version = source is null ? null : source.Builder?.Version ?? source.Ring.Version,
            Devices = source?.Ring.Devices.Count(device => device is not null),
        };
    }

    private static RingSource? TryRead(string path)
    {
        try
        {
            return RingSource.Read(path);
        }
        catch (StorageException)
        {
            return null; // it is listed, without what it would tell
        }
    }
}
