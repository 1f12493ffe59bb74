namespace OpenStackStorage.Disks;

/// <summary>State of a block, bits 0-2 of a BAT entry. Source: [MS-VHDX] 2.5.1.</summary>
internal enum VhdxBlockState
{
    /// <summary>Of a differencing disk: the parent shows through. Otherwise zeroes.</summary>
    NotPresent = 0,

    /// <summary>Whatever one likes to read; zeroes here.</summary>
    Undefined = 1,

    Zero = 2,

    /// <summary>Given up by the guest; zeroes here.</summary>
    Unmapped = 3,

    /// <summary>In this file. The only state but <see cref="NotPresent"/> that a sector bitmap block has.</summary>
    FullyPresent = 6,

    /// <summary>Of a differencing disk: the sector bitmap tells which sectors are in this file.</summary>
    PartiallyPresent = 7,
}

/// <summary>An entry of the block allocation table: state in bits 0-2, offset in MiB in bits 20-63. Source: [MS-VHDX] 2.5.1.</summary>
internal readonly record struct VhdxBatEntry(ulong Value)
{
    public const int Length = 8;

    private const ulong ReservedBits = 0xFFFF8;
    private const ulong OffsetBits = ~0xFFFFFUL;

    public VhdxBatEntry(VhdxBlockState state, long offset)
        : this((ulong)offset | (uint)state)
    {
    }

    public VhdxBlockState State => (VhdxBlockState)(Value & 7);

    public bool HasReservedBits => (Value & ReservedBits) != 0;

    /// <summary>Where the block starts in the file; the 44 bits of MiB reach beyond what a file offset holds.</summary>
    public ulong Offset => Value & OffsetBits;

    /// <summary>True when the block's bytes, or some of them, are in this file.</summary>
    public bool IsPresent => State is VhdxBlockState.FullyPresent or VhdxBlockState.PartiallyPresent;
}

/// <summary>How blocks, chunks and BAT entries follow from the sizes of a disk. Source: [MS-VHDX] 2.4, 2.5.</summary>
internal readonly record struct VhdxGeometry(long VirtualSize, int BlockSize, int LogicalSectorSize)
{
    /// <summary>Bytes of a sector bitmap block; each bit is one sector, so it serves 2^23 of them: a chunk.</summary>
    public const int BitmapBlockSize = 1 << 20;

    /// <summary>Payload blocks of one chunk.</summary>
    public int ChunkRatio => (int)((long)BitmapBlockSize * 8 * LogicalSectorSize / BlockSize);

    public long Blocks => (VirtualSize + BlockSize - 1) / BlockSize;

    public long Chunks => (Blocks + ChunkRatio - 1) / ChunkRatio;

    public int SectorsPerBlock => BlockSize / LogicalSectorSize;

    /// <summary>Bytes of the sector bitmap that serve one block.</summary>
    public int BitmapBytesPerBlock => SectorsPerBlock / 8;

    /// <summary>
    /// Entries of the BAT: the last one is that of the last block, or of a differencing disk that of the last sector bitmap
    /// block, which stands behind a whole chunk of entries.
    /// </summary>
    public long BatEntries(bool hasParent) => hasParent ? Chunks * (ChunkRatio + 1L) : Blocks == 0 ? 0 : BatIndex(Blocks - 1) + 1;

    /// <summary>The entry of a payload block: each chunk of entries is followed by that of its sector bitmap block.</summary>
    public long BatIndex(long block) => block + (block / ChunkRatio);

    public long BitmapBatIndex(long chunk) => ((chunk + 1) * (ChunkRatio + 1L)) - 1;

    /// <summary>Bytes of a block that belong to the disk: the last one may be cut short.</summary>
    public long UsedLength(long block) => Math.Min(BlockSize, VirtualSize - (block * BlockSize));
}
