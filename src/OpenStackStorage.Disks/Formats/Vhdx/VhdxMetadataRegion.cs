using System.Buffers.Binary;
using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>What the metadata region says of the disk. Source: [MS-VHDX] 2.6.</summary>
internal sealed record VhdxMetadataRegion
{
    public const long MaximumVirtualSize = 64L << 40;
    public const int MinimumBlockSize = 1 << 20;
    public const int MaximumBlockSize = 256 << 20;

    /// <summary>Bytes of the table at the start of the region; items lie behind it.</summary>
    public const int TableLength = 64 << 10;

    private const int HeaderLength = 32; // signature 8, reserved 2, entry count 2, reserved 20
    private const int EntryLength = 32; // id 16, offset 4, length 4, flags 4, reserved 4
    private const int MaximumEntries = 2047;
    private const uint IsUser = 1;
    private const uint IsVirtualDisk = 2;
    private const uint IsRequired = 4;
    private const uint LeaveBlockAllocatedFlag = 1;
    private const uint HasParentFlag = 2;

    private static readonly Guid FileParametersId = new("CAA16737-FA36-4D43-B3B6-33F0AA44E76B");
    private static readonly Guid VirtualDiskSizeId = new("2FA54224-CD1B-4876-B211-5DBED83BF4B8");
    private static readonly Guid VirtualDiskIdId = new("BECA12AB-B2E6-4523-93EF-C309E000C746");
    private static readonly Guid LogicalSectorSizeId = new("8141BF1D-A96F-4709-BA47-F233A8FAAB5F");
    private static readonly Guid PhysicalSectorSizeId = new("CDA348C7-445D-4471-9CC9-E9885251C556");
    private static readonly Guid ParentLocatorId = new("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C");

    public static ReadOnlySpan<byte> Signature => "metadata"u8;

    /// <summary>1 MiB to 256 MiB, a power of two.</summary>
    public required int BlockSize { get; init; }

    /// <summary>True for a fixed disk: its blocks are never given back.</summary>
    public bool LeaveBlocksAllocated { get; init; }

    public required long VirtualSize { get; init; }

    /// <summary>What SCSI inquiry page 83h shows the guest.</summary>
    public required Guid DiskId { get; init; }

    public required int LogicalSectorSize { get; init; }

    public required int PhysicalSectorSize { get; init; }

    /// <summary>Null unless the disk is a differencing one.</summary>
    public VhdxParentLocator? Parent { get; init; }

    public VhdxGeometry Geometry => new(VirtualSize, BlockSize, LogicalSectorSize);

    /// <param name="content">The file as it is once the log is replayed.</param>
    public static VhdxMetadataRegion Read(BlockDevice content, in VhdxRegion region)
    {
        Items items = new(content, region.Offset, ReadTable(content, region));
        Span<byte> bytes = stackalloc byte[16];

        long at = items.Fetch(FileParametersId, "File Parameters", bytes[..8]);
        uint blockSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (!BitOperations.IsPow2(blockSize) || blockSize is < MinimumBlockSize or > MaximumBlockSize)
            throw new ImageFormatException(content, at, "BlockSize", $"{blockSize}", "a power of two from 1048576 to 268435456");

        int logical = items.SectorSize(LogicalSectorSizeId, "LogicalSectorSize");
        int physical = items.SectorSize(PhysicalSectorSizeId, "PhysicalSectorSize");
        at = items.Fetch(VirtualDiskSizeId, "Virtual Disk Size", bytes[..8]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (size > MaximumVirtualSize || size % (uint)logical != 0)
            throw new ImageFormatException(content, at, "VirtualDiskSize", $"{size}", $"a multiple of {logical}, at most {MaximumVirtualSize}");
        items.Fetch(VirtualDiskIdId, "Virtual Disk ID", bytes);

        VhdxParentLocator? parent = null;
        if ((flags & HasParentFlag) != 0)
        {
            Item item = items.Require(ParentLocatorId, "Parent Locator");
            byte[] locator = new byte[item.Length];
            content.Read(new HostOffset(item.Offset), locator);
            parent = VhdxParentLocator.Parse(content, item.Offset, locator);
        }

        return new VhdxMetadataRegion
        {
            BlockSize = (int)blockSize,
            LeaveBlocksAllocated = parent is null && (flags & LeaveBlockAllocatedFlag) != 0,
            VirtualSize = (long)size,
            DiskId = new Guid(bytes),
            LogicalSectorSize = logical,
            PhysicalSectorSize = physical,
            Parent = parent,
        };
    }

    /// <summary>Where the size of the disk stands in the file.</summary>
    public static long FindVirtualSize(BlockDevice content, in VhdxRegion region) =>
        new Items(content, region.Offset, ReadTable(content, region)).Require(VirtualDiskSizeId, "Virtual Disk Size").Offset;

    /// <summary>Finds room for another parent locator: behind all other items, where the old one may have been.</summary>
    /// <returns>Where the locator's entry of the table stands in the file, and where in the region the item is to start.</returns>
    /// <exception cref="ImageFormatException">The disk has none, or the region is too small.</exception>
    public static (long EntryOffset, uint ItemOffset) PlaceLocator(BlockDevice content, in VhdxRegion region, int length)
    {
        Item old = new Items(content, region.Offset, ReadTable(content, region)).Require(ParentLocatorId, "Parent Locator");
        byte[] table = new byte[TableLength];
        content.Read(new HostOffset(region.Offset), table);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(10));
        uint end = TableLength;
        for (int i = 0; i < count; i++)
        {
            int at = HeaderLength + (i * EntryLength);
            if (region.Offset + at != old.EntryOffset)
                end = Math.Max(end, BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(at + 16)) + BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(at + 20)));
        }

        return end <= region.Length - length
            ? (old.EntryOffset, end)
            : throw new ImageFormatException(content, region.Offset, "metadata region Length", $"{region.Length}, of which {end} are in use", $"room for a parent locator of {length} bytes");
    }

    /// <summary>What a differencing disk becomes without its parent.</summary>
    /// <returns>The table without the parent locator's entry, and where the flags of File Parameters stand in the file.</returns>
    public static (byte[] Table, long FlagsOffset) WithoutParent(BlockDevice content, in VhdxRegion region)
    {
        Items items = new(content, region.Offset, ReadTable(content, region));
        byte[] table = new byte[TableLength];
        content.Read(new HostOffset(region.Offset), table);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(10)) - 1;
        Span<byte> last = table.AsSpan(HeaderLength + (count * EntryLength), EntryLength);
        last.CopyTo(table.AsSpan((int)(items.Require(ParentLocatorId, "Parent Locator").EntryOffset - region.Offset)));
        last.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(table.AsSpan(10), (ushort)count);
        return (table, items.Require(FileParametersId, "File Parameters").Offset + 4);
    }

    /// <summary>The table and its items, as they stand at the start of the metadata region.</summary>
    public byte[] ToBytes()
    {
        byte[] locator = Parent?.ToBytes() ?? [];
        byte[] bytes = new byte[TableLength + 64 + locator.Length];
        Signature.CopyTo(bytes);
        int count = 0;
        int next = TableLength;
        Span<byte> item = AddItem(FileParametersId, 8, IsRequired);
        BinaryPrimitives.WriteInt32LittleEndian(item, BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(item[4..], (LeaveBlocksAllocated ? LeaveBlockAllocatedFlag : 0) | (Parent is null ? 0 : HasParentFlag));
        BinaryPrimitives.WriteInt64LittleEndian(AddItem(VirtualDiskSizeId, 8, IsVirtualDisk | IsRequired), VirtualSize);
        DiskId.TryWriteBytes(AddItem(VirtualDiskIdId, 16, IsVirtualDisk | IsRequired));
        BinaryPrimitives.WriteInt32LittleEndian(AddItem(LogicalSectorSizeId, 4, IsVirtualDisk | IsRequired), LogicalSectorSize);
        BinaryPrimitives.WriteInt32LittleEndian(AddItem(PhysicalSectorSizeId, 4, IsVirtualDisk | IsRequired), PhysicalSectorSize);
        if (locator.Length > 0)
            locator.CopyTo(AddItem(ParentLocatorId, locator.Length, IsRequired));
        return bytes;

        Span<byte> AddItem(Guid id, int length, uint flags)
        {
            Span<byte> entry = bytes.AsSpan(HeaderLength + (count * EntryLength), EntryLength);
            id.TryWriteBytes(entry);
            BinaryPrimitives.WriteInt32LittleEndian(entry[16..], next);
            BinaryPrimitives.WriteInt32LittleEndian(entry[20..], length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], flags);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), (ushort)++count);
            next += length;
            return bytes.AsSpan(next - length, length);
        }
    }

    private readonly record struct Item(long Offset, int Length, long EntryOffset);

    private static Dictionary<Guid, Item> ReadTable(BlockDevice content, in VhdxRegion region)
    {
        byte[] table = new byte[TableLength];
        content.Read(new HostOffset(region.Offset), table);
        if (!table.AsSpan().StartsWith(Signature))
            throw new ImageFormatException(content, region.Offset, "metadata table signature", Convert.ToHexString(table, 0, 8), Convert.ToHexString(Signature));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(10));
        if (count > MaximumEntries)
            throw new ImageFormatException(content, region.Offset + 10, "metadata table EntryCount", $"{count}", $"at most {MaximumEntries}");

        Dictionary<Guid, Item> items = [];
        HashSet<(Guid, bool)> seen = [];
        List<Item> places = [];
        List<string> unknown = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = table.AsSpan(HeaderLength + (i * EntryLength), EntryLength);
            long at = region.Offset + HeaderLength + (i * EntryLength);
            Guid id = new(entry[..16]);
            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]);
            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]);
            bool user = (flags & IsUser) != 0;
            if (!seen.Add((id, user)))
                throw new ImageFormatException(content, at, $"metadata table entry {i} ItemId", $"{id} a second time", "each item once");
            if (length > VhdxHeader.Unit)
                throw new ImageFormatException(content, at + 20, $"metadata item {id} Length", $"{length}", "at most 1048576");
            if (length == 0 ? offset != 0 : offset < TableLength || offset > region.Length - length)
                throw new ImageFormatException(content, at + 16, $"metadata item {id} Offset", $"{offset} with {length} bytes", $"{TableLength} or more, inside the metadata region of {region.Length} bytes");
            if ((flags & IsRequired) != 0 && (user || !IsKnown(id)))
                unknown.Add($"metadata item {id} (table entry {i} at byte {at})");
            Item item = new(region.Offset + offset, (int)length, at);
            if (length > 0)
                places.Add(item);
            if (!user)
                items[id] = item;
        }

        if (unknown.Count > 0)
            throw new ImageFeatureException(content, unknown);
        places.Sort((left, right) => left.Offset.CompareTo(right.Offset));
        for (int i = 1; i < places.Count; i++)
        {
            if (places[i].Offset < places[i - 1].Offset + places[i - 1].Length)
                throw new ImageFormatException(content, places[i].EntryOffset + 16, "metadata item Offset", $"{places[i].Offset - region.Offset}, inside another item", "items that do not overlap");
        }

        return items;
    }

    private static bool IsKnown(Guid id) =>
        id == FileParametersId || id == VirtualDiskSizeId || id == VirtualDiskIdId || id == LogicalSectorSizeId || id == PhysicalSectorSizeId || id == ParentLocatorId;

    private sealed class Items(BlockDevice content, long table, Dictionary<Guid, Item> items)
    {
        public Item Require(Guid id, string name) =>
            items.TryGetValue(id, out Item item) ? item : throw new ImageFormatException(content, table, $"metadata item {name}", "none", "one");

        /// <returns>Where the item stands in the file.</returns>
        public long Fetch(Guid id, string name, Span<byte> bytes)
        {
            Item item = Require(id, name);
            if (item.Length != bytes.Length)
                throw new ImageFormatException(content, item.EntryOffset + 20, $"metadata item {name} Length", $"{item.Length}", $"{bytes.Length}");
            content.Read(new HostOffset(item.Offset), bytes);
            return item.Offset;
        }

        public int SectorSize(Guid id, string name)
        {
            Span<byte> bytes = stackalloc byte[4];
            long at = Fetch(id, name, bytes);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            return size is 512 or 4096 ? (int)size : throw new ImageFormatException(content, at, name, $"{size}", "512 or 4096");
        }
    }
}
