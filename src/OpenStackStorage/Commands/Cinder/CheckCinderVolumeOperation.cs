using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which volume to check.</summary>
/// <param name="Deep">Read all data too.</param>
public sealed record CheckCinderVolumeRequest(CinderVolume Volume, bool Deep = false);

/// <summary>Looks for faults of a volume: all findings, the verdict alone, or a repair of them.</summary>
public static class CheckCinderVolumeOperation
{
    /// <summary>Writes a <see cref="CinderVolumeCheck"/> for every fault, as it is found.</summary>
    public static void List(CheckCinderVolumeRequest request, ICmdletHost host) =>
        host.Execute(Activity(request), work =>
        {
            foreach (VolumeFinding finding in Findings(request, work))
                work.WriteObject(new CinderVolumeCheck(request.Volume, finding));
        });

    /// <summary>Writes true when there is no fault.</summary>
    public static void Test(CheckCinderVolumeRequest request, ICmdletHost host) =>
        host.Execute(Activity(request), work =>
        {
            bool isGood = true;
            foreach (VolumeFinding finding in Findings(request, work))
            {
                isGood = false;
                work.WriteVerbose(finding.Message);
            }

            work.WriteObject(isGood);
        });

    /// <summary>Mends what can be mended, and writes what was.</summary>
    public static void Repair(CheckCinderVolumeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        CinderVolume volume = request.Volume;
        IVolumeService volumes = volume.Connection.Volumes;
        IReadOnlyList<VolumeFinding> found = volumes.DryRun().Repair(volume.Id);
        if (found.Count == 0)
        {
            host.WriteVerbose($"Nothing of {volume} can be repaired.");
            return;
        }

        if (!host.ShouldProcess(volume.ToString(), $"Repair {string.Join("; ", found.Select(finding => $"{finding.Code}: {finding.Message}"))}"))
            return;
        host.Execute(new WorkActivity("Repairing volume", volume.ToString()), work =>
        {
            foreach (VolumeFinding finding in volumes.Repair(volume.Id))
                work.WriteObject(new CinderVolumeCheck(volume, finding, isRepaired: true));
        });
    }

    private static WorkActivity Activity(CheckCinderVolumeRequest request) => new("Checking volume", request.Volume.ToString());

    private static IEnumerable<VolumeFinding> Findings(CheckCinderVolumeRequest request, IWork work) =>
        request.Volume.Connection.Volumes.Check(request.Volume.Id, request.Deep, work.Progress, work.Token);
}
