using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>The builder to make. The path is as the user wrote it.</summary>
public sealed record NewSwiftRingRequest(string Path, int PartPower, double Replica, int MinPartHours, bool Force = false);

/// <summary>Makes a builder file without devices, and its first backup, as swift-ring-builder create does.</summary>
public static class NewSwiftRingOperation
{
    public static void Run(NewSwiftRingRequest request, ICmdletHost host)
    {
        string path = host.ResolveNewPath(request.Path);
        RingBuilder builder = new(request.PartPower, request.Replica, request.MinPartHours);
        RequireFree(path, request.Force);
        if (!host.ShouldProcess(path, FormattableString.Invariant($"Create builder with {builder.Parts} partitions and {request.Replica} replicas")))
            return;
        host.Execute(new WorkActivity("Creating builder", path), work =>
        {
            using (BuilderSession session = BuilderSession.Create(path, builder, work.Token))
            {
                RequireFree(path, request.Force); // the lock is held now: nobody else makes it meanwhile
                session.SaveWithBackup(TimeProvider.System.GetUtcNow());
            }

            work.WriteObject(RingModels.ToModel(path, builder));
        });
    }

    internal static void RequireFree(string path, bool force)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder))
            throw new StorageException(ErrorIds.PathNotFound, $"The folder '{folder}' does not exist.") { Target = path };
        if (Directory.Exists(path))
            throw new StorageException(ErrorIds.PathNotSupported, $"'{path}' is a directory.") { Target = path };
        if (!force && File.Exists(path))
            throw new StorageException(ErrorIds.DestinationExists, $"'{path}' exists already.") { Target = path };
    }
}
