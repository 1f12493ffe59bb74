using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>One change of a builder file.</summary>
/// <param name="Target">What is changed: a device.</param>
/// <param name="Action">What happens to it.</param>
/// <param name="Apply">Does it, and gives the device that it concerns.</param>
internal sealed record BuilderChange(string Target, string Action, Func<RingBuilder, RingDevice?> Apply);

/// <summary>
/// Changes a builder file: however many changes there are, it is read and written once. They are tried on a copy first;
/// those that are refused are errors of their own, and the others go on.
/// </summary>
internal static class BuilderEdit
{
    /// <param name="output">Writes what the changes gave, after the file is saved.</param>
    public static void Run(string path, IEnumerable<BuilderChange> changes, ICmdletHost host, Action<IWork, RingBuilder, IReadOnlyList<RingDevice?>>? output = null)
    {
        RingBuilder draft = RingSource.ReadBuilder(path);
        List<BuilderChange> approved = [];
        foreach (BuilderChange change in changes)
        {
            host.Stop.ThrowIfCancellationRequested();
            if (Try(change, draft, host) && host.ShouldProcess(change.Target, change.Action))
                approved.Add(change);
        }

        if (approved.Count == 0)
            return;
        host.Execute(new WorkActivity("Changing the ring", path), work =>
        {
            RingBuilder builder;
            RingDevice?[] devices;
            using (BuilderSession session = BuilderSession.Open(path, work.Token))
            {
                builder = session.Builder;
                devices = [.. approved.Select(change => change.Apply(builder))];
                session.Save();
            }

            output?.Invoke(work, builder, devices);
        });
    }

    private static bool Try(BuilderChange change, RingBuilder draft, ICmdletHost host)
    {
        try
        {
            change.Apply(draft);
            return true;
        }
        catch (StorageException error)
        {
            host.WriteError(error);
            return false;
        }
    }
}
