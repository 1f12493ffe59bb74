using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>What a VDI is. Header bytes 0x4C-0x4F.</summary>
internal enum VdiImageType : uint
{
    Dynamic = 1,
    Static = 2,
    Undo = 3,
    Differencing = 4,
}

/// <summary>The header of a VDI, version 1.1, little-endian. Source: VirtualBox, <c>src/VBox/Storage/VDICore.h</c>.</summary>
internal sealed record VdiHeader
{
    /// <summary>Bytes with the last field, which came later (VDIHEADER1PLUS).</summary>
    public const int Length = 0x1D8;

    /// <summary>Bytes that every header of version 1.1 has.</summary>
    public const int MinimumLength = 0x1C8;

    public const uint MagicNumber = 0xBEDA107F;
    public const uint Version11 = 0x00010001;
    public const int DefaultBlockSize = 1 << 20;
    public const int MaximumBlockSize = 256 << 20;

    /// <summary>A block map of 56 MiB: 14 TiB with blocks of 1 MiB.</summary>
    public const int MaximumBlocks = 14 << 20;

    private const int CommentLength = 256;

    /// <summary>Byte at which the part starts whose length <see cref="HeaderLength"/> is.</summary>
    public const int HeaderStart = 0x48;

    public uint Signature { get; init; } = MagicNumber;                     // 0x40-0x43, behind 64 bytes of text
    public uint Version { get; init; } = Version11;                         // 0x44-0x47
    public uint HeaderLength { get; init; } = Length - HeaderStart;         // 0x48-0x4B
    public VdiImageType Type { get; init; }                                 // 0x4C-0x4F
    public uint Flags { get; init; }                                        // 0x50-0x53
    public string Comment { get; init; } = "";                              // 0x54-0x153, UTF-8
    public uint MapOffset { get; init; }                                    // 0x154-0x157 offBlocks
    public uint DataOffset { get; init; }                                   // 0x158-0x15B offData
    public ulong DiskSize { get; init; }                                    // 0x170-0x177 cbDisk
    public uint BlockSize { get; init; }                                    // 0x178-0x17B cbBlock
    public uint BlockExtra { get; init; }                                   // 0x17C-0x17F cbBlockExtra
    public uint Blocks { get; init; }                                       // 0x180-0x183 cBlocks
    public uint BlocksAllocated { get; init; }                              // 0x184-0x187 cBlocksAllocated
    public Guid Id { get; init; }                                           // 0x188-0x197 uuidCreate
    public Guid ModificationId { get; init; }                               // 0x198-0x1A7 uuidModify
    public Guid ParentId { get; init; }                                     // 0x1A8-0x1B7 uuidLinkage
    public Guid ParentModificationId { get; init; }                         // 0x1B8-0x1C7 uuidParentModify

    /// <summary>Bytes of the disk: whole sectors, as qemu rounds it too.</summary>
    public long VirtualSize => (long)((DiskSize + 511) & ~511UL);

    public bool HasParent => Type is VdiImageType.Undo or VdiImageType.Differencing;

    /// <summary>Decodes; nothing is judged.</summary>
    public static VdiHeader Parse(ReadOnlySpan<byte> bytes) => new()
    {
        Signature = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x40..]),
        Version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x44..]),
        HeaderLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x48..]),
        Type = (VdiImageType)BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x4C..]),
        Flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x50..]),
        Comment = Encoding.UTF8.GetString(bytes.Slice(0x54, CommentLength)).Split('\0')[0],
        MapOffset = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x154..]),
        DataOffset = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x158..]),
        DiskSize = BinaryPrimitives.ReadUInt64LittleEndian(bytes[0x170..]),
        BlockSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x178..]),
        BlockExtra = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x17C..]),
        Blocks = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x180..]),
        BlocksAllocated = BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x184..]),
        Id = new Guid(bytes.Slice(0x188, 16)),
        ModificationId = new Guid(bytes.Slice(0x198, 16)),
        ParentId = new Guid(bytes.Slice(0x1A8, 16)),
        ParentModificationId = new Guid(bytes.Slice(0x1B8, 16)),
    };

    /// <summary>Encodes <see cref="Length"/> bytes.</summary>
    public void WriteTo(Span<byte> bytes)
    {
        bytes[..Length].Clear();
        "<<< OpenStackStorage VirtualBox Disk Image >>>\n"u8.CopyTo(bytes); // for eyes only
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x40..], Signature);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x44..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x48..], HeaderLength);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x50..], Flags);
        Encoding.UTF8.TryGetBytes(Comment, bytes.Slice(0x54, CommentLength - 1), out _);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x168..], 512); // bytes of a sector; the geometry itself is the BIOS's to choose
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x178..], BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x17C..], BlockExtra);
        Id.TryWriteBytes(bytes[0x188..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x1D4..], 512);
        Update(bytes);
    }

    /// <summary>Encodes what a change of the image may change, and leaves the other bytes of a header as they are.</summary>
    public void Update(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x4C..], (uint)Type);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x154..], MapOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x158..], DataOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[0x170..], DiskSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x180..], Blocks);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x184..], BlocksAllocated);
        ModificationId.TryWriteBytes(bytes[0x198..]);
        ParentId.TryWriteBytes(bytes[0x1A8..]);
        ParentModificationId.TryWriteBytes(bytes[0x1B8..]);
    }

    /// <summary>Reads and judges the header.</summary>
    /// <exception cref="ImageFormatException">A field can't be true of this file.</exception>
    /// <exception cref="ImageFeatureException">A version other than 1.1, or bytes before each block.</exception>
    public static VdiHeader Read(BlockDevice device)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes.Clear();
        int read = device.ReadUpTo(default, bytes);
        if (read < MinimumLength)
            throw new ImageFormatException(device, 0, "header", $"a file of {read} bytes", $"at least {MinimumLength} bytes");
        VdiHeader header = Parse(bytes);
        header.Validate(device);
        return header;
    }

    private void Validate(BlockDevice device)
    {
        Require(Signature == MagicNumber, 0x40, "u32Signature", $"0x{Signature:x8}", "0xbeda107f");
        if (Version != Version11)
            throw new ImageFeatureException(device, $"VDI version {Version >> 16}.{Version & 0xFFFF} (at byte 68, u32Version; 1.1 is read)");
        Require(HeaderLength >= MinimumLength - HeaderStart, 0x48, "cbHeader", HeaderLength, $"at least {MinimumLength - HeaderStart}");
        Require(Type is >= VdiImageType.Dynamic and <= VdiImageType.Differencing, 0x4C, "u32Type", (uint)Type, "1 (dynamic), 2 (static), 3 (undo) or 4 (differencing)");
        Require(BlockSize is >= 512 and <= MaximumBlockSize && BitOperations.IsPow2(BlockSize), 0x178, "cbBlock", BlockSize, $"a power of two from 512 to {MaximumBlockSize}");
        if (BlockExtra != 0)
            throw new ImageFeatureException(device, $"{BlockExtra} bytes before each block (at byte {0x17C}, cbBlockExtra)");
        Require(Blocks <= MaximumBlocks, 0x180, "cBlocks", Blocks, $"at most {MaximumBlocks}");
        Require(DiskSize <= Blocks * (ulong)BlockSize, 0x170, "cbDisk", DiskSize, $"at most the {Blocks} blocks of {BlockSize} bytes");
        // While a larger map takes the place of the first blocks, the file holds copies of these too.
        long stored = Math.Min(MaximumBlocks, Math.Max(0, device.Length - DataOffset) / BlockSize);
        Require(BlocksAllocated <= Math.Max(Blocks, stored), 0x184, "cBlocksAllocated", BlocksAllocated, $"at most {Blocks}, the blocks of the disk");
        Require(MapOffset >= HeaderStart + (long)HeaderLength && MapOffset + (Blocks * 4L) <= device.Length, 0x154, "offBlocks", MapOffset,
            $"a place behind the header, with the block map of {Blocks * 4L} bytes inside the file of {device.Length} bytes");
        Require(DataOffset >= MapOffset + (Blocks * 4L), 0x158, "offData", DataOffset, $"a place behind the block map, which ends at {MapOffset + (Blocks * 4L)}");
        Require(HasParent == (ParentId != Guid.Empty), 0x1A8, "uuidLinkage", ParentId, HasParent ? "the parent's id" : "none, as the image needs no parent");

        void Require(bool holds, long offset, string field, object found, string expected)
        {
            if (!holds)
                throw new ImageFormatException(device, offset, field, string.Create(CultureInfo.InvariantCulture, $"{found}"), expected);
        }
    }
}
