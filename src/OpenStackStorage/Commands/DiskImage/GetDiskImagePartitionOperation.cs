namespace OpenStackStorage.Commands;
internal static class GetDiskImagePartitionOperation { public static void Run(object r, Hosting.ICmdletHost h) { } }
internal sealed record GetDiskImagePartitionRequest(string P);
