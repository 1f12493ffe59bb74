using System.Diagnostics;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The volume to wait for, and the states that end the wait.</summary>
public sealed record WaitCinderVolumeRequest(CinderVolume Volume, IReadOnlyList<VolumeStatus> Statuses)
{
    /// <summary>The end of the volume ends the wait.</summary>
    public bool Deleted { get; init; }

    /// <summary>Null to wait for ever.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How often the catalogue is asked.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>Waits until a volume is in a state, and outputs it; nothing for one that is gone.</summary>
public static class WaitCinderVolumeOperation
{
    public static void Run(WaitCinderVolumeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        IVolumeService volumes = request.Volume.Connection.Volumes;
        host.Execute(new WorkActivity("Waiting", request.Volume.ToString()), work =>
        {
            long start = Stopwatch.GetTimestamp();
            while (!IsDone(volumes, request, work, out string status))
            {
                if (Stopwatch.GetElapsedTime(start) >= request.Timeout)
                    throw Failed(request, $"it is {status} after {request.Timeout.Value.TotalSeconds:0} s");
                work.Token.WaitHandle.WaitOne(request.Interval);
                work.Token.ThrowIfCancellationRequested();
            }
        });
    }

    private static bool IsDone(IVolumeService volumes, WaitCinderVolumeRequest request, IWork work, out string status)
    {
        status = "deleted";
        Volume volume;
        try
        {
            volume = volumes.Get(request.Volume.Id);
        }
        catch (ServiceException error) when (error.Id == ErrorIds.VolumeNotFound)
        {
            return request.Deleted ? true : throw Failed(request, "it is gone");
        }

        status = VolumeWords.Of(volume.Status);
        if (request.Statuses.Contains(volume.Status))
        {
            work.WriteObject(new CinderVolume(volume, request.Volume.Connection));
            return true;
        }

        // Nothing leads out of an error but a new command.
        return status.StartsWith("error", StringComparison.Ordinal) ? throw Failed(request, $"it is {status}{(volume.LastError is { } reason ? $": {reason}" : "")}") : false;
    }

    private static ServiceException Failed(WaitCinderVolumeRequest request, string why)
    {
        string expected = string.Join(" or ", request.Statuses.Select(VolumeWords.Of).Concat(request.Deleted ? ["deleted"] : []));
        return new ServiceException(ErrorIds.VolumeWaitFailed, $"The volume {request.Volume.VolumeId} did not become {expected}: {why}.")
        {
            Target = request.Volume.VolumeId.ToString(),
            Expected = expected,
        };
    }
}
