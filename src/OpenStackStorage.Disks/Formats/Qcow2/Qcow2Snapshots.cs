using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>One entry of the snapshot table. Source: qcow2.rst, "Snapshots".</summary>
internal sealed record Qcow2Snapshot(
    string Id, string Name, ulong L1TableOffset, uint L1Size, long VirtualSize, DateTimeOffset CreatedAt, long VmStateSize, int EntryLength)
{
    private const int FixedLength = 40;
    private const int MaximumExtra = 1024; // QCOW_MAX_SNAPSHOT_EXTRA_DATA

    /// <summary>qemu stops at 64 MiB (QCOW_MAX_SNAPSHOTS_SIZE). This is room for 256 bytes of each of 65536 snapshots.</summary>
    private const int MaximumTable = 16 << 20;

    /// <summary>Reads the table entry by entry; a count in the header alone makes nothing large.</summary>
    public static List<Qcow2Snapshot> ReadAll(BlockDevice device, Qcow2Header header)
    {
        List<Qcow2Snapshot> snapshots = [];
        long offset = (long)header.SnapshotsOffset;
        byte[] head = new byte[FixedLength];
        byte[] rest = new byte[MaximumExtra + (2 * ushort.MaxValue)];
        for (int index = 0; index < header.SnapshotCount; index++)
        {
            RequireInside(device, offset, FixedLength, index);
            device.Read(new HostOffset(offset), head);
            ulong l1Offset = BinaryPrimitives.ReadUInt64BigEndian(head);              // bytes 0-7
            uint l1Size = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(8));       // 8-11
            int idLength = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(12));     // 12-13
            int nameLength = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(14));   // 14-15
            uint seconds = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(16));     // 16-19
            uint nanoseconds = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(20)); // 20-23
            long vmState = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(32));     // 32-35
            uint extra = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(36));       // 36-39
            if (extra > MaximumExtra)
                throw new ImageFormatException(device, offset + 36, "snapshot extra_data_size", $"{extra}", "at most 1024");
            int length = (int)extra + idLength + nameLength;
            RequireInside(device, offset + FixedLength, length, index);
            device.Read(new HostOffset(offset + FixedLength), rest.AsSpan(0, length));
            if (extra >= 8)
                vmState = BinaryPrimitives.ReadInt64BigEndian(rest);                  // extra bytes 0-7
            if (vmState < 0)
                throw new ImageFormatException(device, offset + FixedLength, "snapshot vm_state_size", $"{(ulong)vmState}", "at most 2^63-1 bytes");
            long size = extra >= 16 ? BinaryPrimitives.ReadInt64BigEndian(rest.AsSpan(8)) : (long)header.Size; // 8-15
            if (size < 0 || l1Size > Qcow2Header.MaximumL1Bytes / 8 || l1Size < header.RequiredL1Entries(size))
            {
                throw new ImageFormatException(device, offset + 8, "snapshot l1_size", $"{l1Size}",
                    $"at least {header.RequiredL1Entries(Math.Max(0, size))} entries for {size} bytes, at most 4194304");
            }

            header.RequireTable(device, l1Offset, l1Size * 8L, offset, "snapshot l1_table_offset", mayBeEmpty: true);
            snapshots.Add(new Qcow2Snapshot(
                Encoding.UTF8.GetString(rest, (int)extra, idLength),
                Encoding.UTF8.GetString(rest, (int)extra + idLength, nameLength),
                l1Offset, l1Size, size,
                DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / 100), vmState, (FixedLength + length + 7) & ~7));
            offset += snapshots[^1].EntryLength;
            if (offset - (long)header.SnapshotsOffset > MaximumTable)
                throw new ImageFormatException(device, offset, $"snapshot table entry {index}", $"{offset - (long)header.SnapshotsOffset} bytes of table so far", $"at most {MaximumTable}");
        }

        return snapshots;
    }

    /// <summary>Bytes of the table that holds these entries.</summary>
    public static long TableLength(List<Qcow2Snapshot> snapshots) => snapshots.Sum(snapshot => (long)snapshot.EntryLength);

    private static void RequireInside(BlockDevice device, long offset, int length, int index)
    {
        if (offset + length > device.Length)
            throw new ImageFormatException(device, offset, $"snapshot table entry {index}", $"{length} bytes at {offset}", $"an entry inside the file of {device.Length} bytes");
    }
}
