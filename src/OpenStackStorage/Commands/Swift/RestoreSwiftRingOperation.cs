using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>The backup to bring back, and the builder that it takes the place of. Full paths; the backup may be null for the one before the last.</summary>
public sealed record RestoreSwiftRingRequest(string Path, string? BackupPath)
{
    /// <summary>The ring file's: 1 or 2.</summary>
    public int FormatVersion { get; init; } = 1;

    public bool NoRing { get; init; }
}

/// <summary>Brings a builder back from a backup, and the ring that it makes. What is there now gets a backup first.</summary>
public static class RestoreSwiftRingOperation
{
    public static void Run(RestoreSwiftRingRequest request, ICmdletHost host)
    {
        string backup = request.BackupPath ?? Previous(request.Path);
        RingBuilder builder = RingSource.ReadBuilder(backup);
        string what = request.NoRing || builder.Assignments is null ? "builder" : "builder and ring";
        if (!host.ShouldProcess(request.Path, FormattableString.Invariant($"Replace {what} by version {builder.Version} from '{Path.GetFileName(backup)}'")))
            return;
        host.Execute(new WorkActivity("Restoring ring", request.Path), work =>
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            using (BuilderSession session = BuilderSession.Create(request.Path, builder, work.Token))
            {
                session.BackUpPresent(now);
                if (request.NoRing || builder.Assignments is null)
                    session.SaveWithBackup(now);
                else
                    session.SaveWithRing(now, request.FormatVersion);
            }

            work.WriteObject(RingModels.ToModel(request.Path, builder));
        });
    }

    /// <summary>The newest backup whose content is not what the builder is now.</summary>
    private static string Previous(string path)
    {
        int? version = File.Exists(path) ? RingSource.ReadBuilder(path).Version : null;
        foreach (RingBackup backup in RingHistory.List(path).Where(backup => backup.IsBuilder).Reverse())
        {
            if (RingSource.ReadBuilder(backup.Path).Version != version)
                return backup.Path;
        }

        throw new StorageException(ErrorIds.PathNotFound, $"'{path}' has no backup of another version.")
        {
            Target = path,
            Remedy = "Get-SwiftRingHistory lists what there is.",
        };
    }
}
