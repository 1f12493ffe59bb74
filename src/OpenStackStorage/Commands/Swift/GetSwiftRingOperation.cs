using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Which builder or ring file to show.</summary>
public sealed record GetSwiftRingRequest(string Path);

/// <summary>Shows a builder or ring file.</summary>
public static class GetSwiftRingOperation
{
    public static void Run(GetSwiftRingRequest request, ICmdletHost host)
    {
        RingSource source = RingSource.Read(request.Path);
        host.WriteObject(source.Builder is { } builder ? RingModels.ToModel(request.Path, builder) : RingModels.ToModel(request.Path, source.Ring));
    }
}
