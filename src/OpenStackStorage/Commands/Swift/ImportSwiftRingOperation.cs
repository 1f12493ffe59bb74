using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>The ring file to read, by its full path, and the builder to make, as the user wrote it.</summary>
public sealed record ImportSwiftRingRequest(string Path, string DestinationPath, int? MinPartHours = null, bool Force = false);

/// <summary>Makes a builder out of a ring file, when the builder was lost: write_builder of swift-ring-builder.</summary>
public static class ImportSwiftRingOperation
{
    public static void Run(ImportSwiftRingRequest request, ICmdletHost host)
    {
        string destination = host.ResolveNewPath(request.DestinationPath);
        NewSwiftRingOperation.RequireFree(destination, request.Force);
        RingBuilder builder = RingBuilder.FromRing(RingSource.Read(request.Path).Ring, request.MinPartHours ?? RingBuilder.DefaultMinPartHours);
        if (request.MinPartHours is null)
            host.WriteWarning($"A ring does not say how many hours partitions rest between moves: {RingBuilder.DefaultMinPartHours} are taken. -MinPartHours sets them.");
        if (!host.ShouldProcess(destination, $"Create builder from '{Path.GetFileName(request.Path)}'"))
            return;
        host.Execute(new WorkActivity("Creating builder", destination), work =>
        {
            using (BuilderSession session = BuilderSession.Create(destination, builder, work.Token))
            {
                NewSwiftRingOperation.RequireFree(destination, request.Force);
                session.Save();
            }

            work.WriteObject(RingModels.ToModel(destination, builder));
        });
    }
}
