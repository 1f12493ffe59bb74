namespace OpenStackStorage.Rings;

/// <summary>A number of a file, and whether Python holds it as <c>int</c>: 100 and 100.0 are written apart.</summary>
/// <param name="Value">The value; an integer of a ring is far below 2^53.</param>
/// <param name="IsInteger">It has no point in the file.</param>
internal readonly record struct FileNumber(double Value, bool IsInteger = false)
{
    public object ToPython() => IsInteger ? (object)(long)Value : Value;
}

/// <summary>One device as builder and ring files hold it. Source: swift/common/ring/builder.py, add_dev.</summary>
internal sealed class DeviceRecord
{
    public required int Id { get; init; }

    public required int Region { get; set; }

    public required int Zone { get; set; }

    /// <summary>Address or host name.</summary>
    public required string Ip { get; set; }

    public required int Port { get; set; }

    public required string ReplicationIp { get; set; }

    public required int ReplicationPort { get; set; }

    /// <summary>The name of the disk on its server, such as <c>sda</c>.</summary>
    public required string Name { get; set; }

    public required string Meta { get; set; }

    public required FileNumber Weight { get; set; }

    /// <summary>Partitions that the device holds; builder files alone have it.</summary>
    public int? Parts { get; set; }

    /// <summary>Partitions that the last rebalance still wished it to get; builder files alone have it, and not before that.</summary>
    public FileNumber? PartsWanted { get; set; }

    /// <summary>Fields that Swift does not know, and keeps.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Others { get; init; } = [];
}
