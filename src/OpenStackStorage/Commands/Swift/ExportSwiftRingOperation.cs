using System.Globalization;
using System.Text;
using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>What to write of a ring.</summary>
public enum SwiftRingExport
{
    /// <summary>A ring file.</summary>
    Ring,

    /// <summary>A text for people and version control: the numbers of the ring, and one line for each device.</summary>
    Text,

    /// <summary>A CSV file of the devices, as Add-SwiftRingDevice takes it.</summary>
    Inventory,
}

/// <summary>What to write from which builder or ring file.</summary>
public sealed record ExportSwiftRingRequest(string Path, SwiftRingExport Export)
{
    /// <summary>As the user wrote it; null for the usual name beside the source.</summary>
    public string? DestinationPath { get; init; }

    public int FormatVersion { get; init; } = 1;

    /// <summary>2 or 4; null for what is needed.</summary>
    public int? DeviceIdBytes { get; init; }

    public bool Force { get; init; }
}

/// <summary>Writes a ring file, a text or an inventory. The file is complete when it has its name.</summary>
public static class ExportSwiftRingOperation
{
    public static void Run(ExportSwiftRingRequest request, ICmdletHost host)
    {
        RingSource source = RingSource.Read(request.Path);
        string destination = request.DestinationPath is null ? DefaultDestination(request, source) : host.ResolveNewPath(request.DestinationPath);
        // A ring file beside its builder is there to be renewed, as write_ring does; anything else is kept.
        bool renews = request.Export == SwiftRingExport.Ring && request.DestinationPath is null;
        NewSwiftRingOperation.RequireFree(destination, request.Force || renews);
        byte[]? text = request.Export == SwiftRingExport.Ring ? null : Encoding.UTF8.GetBytes(request.Export == SwiftRingExport.Text ? ToText(source) : ToInventory(source.Ring));
        RingData ring = request.DeviceIdBytes is { } bytes ? source.Ring.WithDeviceIds(bytes) : source.Ring;
        if (text is null && ring.Assignments.RowCount == 0)
            throw new RingException(ErrorIds.RingNotRebalanced, $"'{request.Path}' has no assignments: it was never rebalanced.") { Target = request.Path };
        if (!host.ShouldProcess(destination, $"Write {request.Export.ToString().ToLowerInvariant()} of '{Path.GetFileName(request.Path)}'"))
            return;
        host.Execute(new WorkActivity("Writing ring", destination), work =>
        {
            if (text is null)
                RingStore.WriteRing(destination, ring, request.FormatVersion);
            else
                RingStore.WriteText(destination, text);
            work.WriteObject(new FileInfo(destination));
        });
    }

    private static string DefaultDestination(ExportSwiftRingRequest request, RingSource source)
    {
        string ring = source.Builder is null ? request.Path : BuilderSession.RingPathOf(request.Path);
        string name = ring.EndsWith(".ring.gz", StringComparison.Ordinal) ? ring[..^".ring.gz".Length] : ring;
        return request.Export switch
        {
            SwiftRingExport.Text => name + ".ring.txt",
            SwiftRingExport.Inventory => name + ".csv",
            _ => ring,
        };
    }

    private static string ToText(RingSource source)
    {
        RingData ring = source.Ring;
        StringBuilder text = new();
        Line($"partitions: {1L << ring.PartPower}");
        Line($"replicas: {source.Builder?.Replicas ?? ring.Replicas}");
        Line($"version: {ring.Version}");
        if (source.Builder is { } builder)
        {
            Line($"min part hours: {builder.MinPartHours}");
            Line($"overload: {builder.Overload}");
        }

        int[] parts = source.CountParts();
        foreach (RingDevice device in RingModels.InOrder(ring.Devices))
            Line($"{device} weight {device.Weight:0.00} partitions {parts[device.Id.Value]}");
        return text.ToString();

        void Line(FormattableString line) => text.Append(FormattableString.Invariant(line)).Append('\n');
    }

    private static string ToInventory(RingData ring)
    {
        StringBuilder text = new("Region,Zone,Ip,Port,ReplicationIp,ReplicationPort,Device,Weight,Meta\n");
        foreach (RingDevice device in RingModels.InOrder(ring.Devices))
        {
            text.Append(CultureInfo.InvariantCulture, $"{device.Region},{device.Zone},{device.Ip},{device.Port},{device.ReplicationIp},{device.ReplicationPort},")
                .Append(Quote(device.Device)).Append(',')
                .Append(CultureInfo.InvariantCulture, $"{device.Weight:R},")
                .Append(Quote(device.Meta)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>As RFC 4180 has it.</summary>
    private static string Quote(string value) =>
        value.AsSpan().IndexOfAny("\",\r\n") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
