using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Which image to check, and how thoroughly.</summary>
public sealed record CheckDiskImageRequest(string Path, bool Deep = false);

/// <summary>Checks an image's structure: all findings, or the verdict alone.</summary>
public static class CheckDiskImageOperation
{
    /// <summary>Writes a <see cref="DiskImageCheck"/> for every finding, as it is found.</summary>
    public static void List(CheckDiskImageRequest request, ICmdletHost host) =>
        host.Execute(Activity(request), work =>
        {
            foreach (CheckFinding finding in Findings(request, work))
                work.WriteObject(ToModel(request.Path, finding));
        });

    /// <summary>Writes true when nothing is corrupt. Leaked space is no harm to the data.</summary>
    public static void Test(CheckDiskImageRequest request, ICmdletHost host) =>
        host.Execute(Activity(request), work =>
            work.WriteObject(!Findings(request, work).Any(finding => finding.Severity == CheckSeverity.Corruption)));

    private static WorkActivity Activity(CheckDiskImageRequest request) => new("Checking disk image", request.Path, Unit: "table entries");

    private static IEnumerable<CheckFinding> Findings(CheckDiskImageRequest request, IWork work)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(request.Path);
        ImageFormat format = ImageFormats.Recognise(device);
        IEnumerator<CheckFinding>? findings = null;
        for (bool last = false; !last;)
        {
            CheckFinding finding;
            try
            {
                findings ??= format.Check(device, OpenGate.SameFolder, request.Deep, work.Progress, work.Token).GetEnumerator();
                if (!findings.MoveNext())
                    yield break;
                finding = findings.Current;
            }
            catch (ImageFormatException error)
            {
                // What stops the check, such as a bad header, is its last finding.
                finding = new CheckFinding(CheckSeverity.Corruption, error.Offset, error.Field, $"found {error.Found}, expected {error.Expected}");
                last = true;
            }

            yield return finding;
        }
    }

    private static DiskImageCheck ToModel(string path, CheckFinding finding) => new()
    {
        Path = path,
        Severity = finding.Severity.ToString(),
        Offset = finding.Offset,
        Field = finding.Field,
        Message = finding.Message,
    };
}
