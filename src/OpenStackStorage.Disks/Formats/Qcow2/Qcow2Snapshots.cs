using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>One entry of the snapshot table. Source: qcow2.rst, "Snapshots".</summary>
/// <param name="EntryLength">Bytes of the entry with its padding.</param>
/// <param name="Stored">The entry as it stands in the table, with its padding; null when it was not asked for.</param>
internal sealed record Qcow2Snapshot(
    string Id, string Name, ulong L1TableOffset, uint L1Size, long VirtualSize, DateTimeOffset CreatedAt, long VmStateSize, int EntryLength, byte[]? Stored = null)
{
    private const int FixedLength = 40;
    private const int OwnExtra = 24; // size of the virtual machine's state, of the disk, and the count of instructions

    /// <summary>The longest id or name that qemu can address.</summary>
    public const int MaximumName = 255;
    private const int MaximumExtra = 1024; // QCOW_MAX_SNAPSHOT_EXTRA_DATA

    /// <summary>qemu stops at 64 MiB (QCOW_MAX_SNAPSHOTS_SIZE). This is room for 256 bytes of each of 65536 snapshots.</summary>
    public const int MaximumTable = 16 << 20;

    /// <summary>Reads the table entry by entry; a count in the header alone makes nothing large.</summary>
    /// <param name="stored">Keep the entries as they are too, to write them again.</param>
    public static List<Qcow2Snapshot> ReadAll(BlockDevice device, Qcow2Header header, bool stored = false)
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
                DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / 100), vmState, (FixedLength + length + 7) & ~7,
                stored ? Store(head, rest.AsSpan(0, length)) : null));
            offset += snapshots[^1].EntryLength;
            if (offset - (long)header.SnapshotsOffset > MaximumTable)
                throw new ImageFormatException(device, offset, $"snapshot table entry {index}", $"{offset - (long)header.SnapshotsOffset} bytes of table so far", $"at most {MaximumTable}");
        }

        return snapshots;
    }

    /// <summary>The snapshot of an id or, where none has it, of a name, as qemu-img finds it.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when there is none.</exception>
    public static Qcow2Snapshot Find(BlockDevice device, in Qcow2Header header, string wanted)
    {
        List<Qcow2Snapshot> snapshots = ReadAll(device, header);
        return snapshots.Find(snapshot => snapshot.Id == wanted) ?? snapshots.Find(snapshot => snapshot.Name == wanted)
            ?? throw new StorageException(ErrorIds.ParameterInvalid, $"'{device.Path}' has no snapshot '{wanted}'.")
            {
                Target = device.Path,
                Found = snapshots.Count == 0 ? "no snapshots" : string.Join(", ", snapshots.Select(snapshot => snapshot.Name)),
                Expected = wanted,
                Remedy = "Get-DiskImageInfo lists the snapshots.",
            };
    }

    public ImageSnapshot ToImageSnapshot() => new(Id, Name, CreatedAt, VirtualSize, VmStateSize);

    /// <summary>Bytes of the table that holds these entries.</summary>
    public static long TableLength(List<Qcow2Snapshot> snapshots) => snapshots.Sum(snapshot => (long)snapshot.EntryLength);

    /// <summary>A new snapshot of a disk, without a virtual machine's state.</summary>
    public static Qcow2Snapshot Create(string id, string name, long l1Offset, uint l1Size, long virtualSize, DateTimeOffset now)
    {
        byte[] idBytes = Encoding.UTF8.GetBytes(id);
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        byte[] head = new byte[FixedLength];
        BinaryPrimitives.WriteUInt64BigEndian(head, (ulong)l1Offset);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(8), l1Size);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(12), (ushort)idBytes.Length);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(14), (ushort)nameBytes.Length);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(16), (uint)now.ToUnixTimeSeconds());
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(20), (uint)(now.Ticks % TimeSpan.TicksPerSecond * 100));
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(36), OwnExtra); // bytes 24-31, time of the virtual machine, and 32-35 stay 0
        byte[] extra = new byte[OwnExtra];
        BinaryPrimitives.WriteInt64BigEndian(extra.AsSpan(8), virtualSize);
        BinaryPrimitives.WriteInt64BigEndian(extra.AsSpan(16), -1); // no count of instructions
        byte[] entry = Store(head, [.. extra, .. idBytes, .. nameBytes]);
        return new Qcow2Snapshot(id, name, (ulong)l1Offset, l1Size, virtualSize, now, 0, entry.Length, entry);
    }

    /// <summary>The same snapshot with the size of its disk in its entry, which old programs did not write.</summary>
    public Qcow2Snapshot WithOwnSize()
    {
        ReadOnlySpan<byte> entry = Stored;
        int extra = (int)BinaryPrimitives.ReadUInt32BigEndian(entry[36..]);
        if (extra >= 16)
            return this;
        byte[] sizes = new byte[16];
        BinaryPrimitives.WriteInt64BigEndian(sizes, VmStateSize);
        BinaryPrimitives.WriteInt64BigEndian(sizes.AsSpan(8), VirtualSize);
        byte[] head = entry[..FixedLength].ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(36), 16);
        int names = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(12)) + BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(14));
        byte[] sized = Store(head, [.. sizes, .. entry.Slice(FixedLength + extra, names)]);
        return this with { Stored = sized, EntryLength = sized.Length };
    }

    private static byte[] Store(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        byte[] bytes = new byte[(head.Length + rest.Length + 7) & ~7];
        head.CopyTo(bytes);
        rest.CopyTo(bytes.AsSpan(head.Length));
        return bytes;
    }

    private static void RequireInside(BlockDevice device, long offset, int length, int index)
    {
        if (offset + length > device.Length)
            throw new ImageFormatException(device, offset, $"snapshot table entry {index}", $"{length} bytes at {offset}", $"an entry inside the file of {device.Length} bytes");
    }
}
