using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>The header of a GUID partition table (UEFI 2.10 section 5.3.2, table 5.5). All numbers are little-endian.</summary>
internal readonly record struct GptHeader(
    ulong Signature,
    uint Revision,
    uint HeaderSize,
    uint HeaderCrc32,
    ulong MyLba,
    ulong AlternateLba,
    ulong FirstUsableLba,
    ulong LastUsableLba,
    Guid DiskGuid,
    ulong PartitionEntryLba,
    uint NumberOfPartitionEntries,
    uint SizeOfPartitionEntry,
    uint PartitionEntryArrayCrc32)
{
    /// <summary>Bytes of the fields; the header may be longer, up to a sector.</summary>
    public const int MinimumSize = 92;

    public const int AlternateLbaOffset = 32;

    public const int EntryArrayCrc32Offset = 88;

    /// <summary>Bytes of the entries, at most. The usual array of 128 entries takes 16 KiB.</summary>
    public const int MaximumArraySize = 1 << 20;

    private const int MaximumEntrySize = 4096;

    private const int CrcOffset = 16;

    /// <summary>"EFI PART", read as a little-endian number.</summary>
    private const ulong ExpectedSignature = 0x5452415020494645;

    /// <summary>Bytes of the array of entries. Only a valid header's fits an <see cref="int"/>.</summary>
    public int ArraySize => checked((int)(NumberOfPartitionEntries * SizeOfPartitionEntry));

    public static bool HasSignature(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes) == ExpectedSignature;

    public static GptHeader Parse(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),         // bytes 0-7: Signature
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),    // bytes 8-11: Revision
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),   // bytes 12-15: HeaderSize
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcOffset..]), // bytes 16-19: HeaderCRC32
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),   // bytes 24-31: MyLBA
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[AlternateLbaOffset..]), // bytes 32-39: AlternateLBA
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),   // bytes 40-47: FirstUsableLBA
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),   // bytes 48-55: LastUsableLBA
        new Guid(bytes.Slice(56, 16)),                          // bytes 56-71: DiskGUID
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[72..]),   // bytes 72-79: PartitionEntryLBA
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[80..]),   // bytes 80-83: NumberOfPartitionEntries
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[84..]),   // bytes 84-87: SizeOfPartitionEntry
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[EntryArrayCrc32Offset..])); // bytes 88-91: PartitionEntryArrayCRC32

    /// <summary>Encodes the fields, with the checksum that they need, over a sector; what the header holds beyond them stays.</summary>
    public void WriteTo(Span<byte> sector)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(sector, Signature);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[8..], Revision);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[12..], HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[24..], MyLba);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[AlternateLbaOffset..], AlternateLba);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[40..], FirstUsableLba);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[48..], LastUsableLba);
        DiskGuid.TryWriteBytes(sector[56..]);
        BinaryPrimitives.WriteUInt64LittleEndian(sector[72..], PartitionEntryLba);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[80..], NumberOfPartitionEntries);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[84..], SizeOfPartitionEntry);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[EntryArrayCrc32Offset..], PartitionEntryArrayCrc32);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[CrcOffset..], ComputeCrc32(sector[..(int)HeaderSize]));
    }

    /// <summary>Checks all that can be checked without the entries, in the order in which the fields may be trusted.</summary>
    /// <param name="scan">The disk.</param>
    /// <param name="sector">The sector that the header was decoded from.</param>
    /// <param name="lba">Its number.</param>
    public void Validate(PartitionScan scan, ReadOnlySpan<byte> sector, ulong lba)
    {
        long offset = scan.ByteOf(lba);
        if (Signature != ExpectedSignature)
            throw scan.Corrupt(offset, "GPT Signature", $"{Signature:X16}", "\"EFI PART\"");
        if (Revision != 0x00010000)
            throw scan.Corrupt(offset + 8, "GPT Revision", $"{Revision:X8}", "00010000");
        if (HeaderSize < MinimumSize || HeaderSize > sector.Length)
            throw scan.Corrupt(offset + 12, "GPT HeaderSize", $"{HeaderSize}", $"{MinimumSize} to {sector.Length}");
        uint crc = ComputeCrc32(sector[..(int)HeaderSize]);
        if (HeaderCrc32 != crc)
            throw scan.Corrupt(offset + CrcOffset, "GPT HeaderCRC32", $"{HeaderCrc32:X8}", $"{crc:X8}");
        if (MyLba != lba)
            throw scan.Corrupt(offset + 24, "GPT MyLBA", $"{MyLba}", $"{lba}");
        if (LastUsableLba >= scan.SectorCount)
            throw scan.Corrupt(offset + 48, "GPT LastUsableLBA", $"{LastUsableLba}", $"at most {scan.SectorCount - 1}, the disk's last sector");
        if (FirstUsableLba > LastUsableLba)
            throw scan.Corrupt(offset + 40, "GPT FirstUsableLBA", $"{FirstUsableLba}", $"at most {LastUsableLba}, the last usable sector");
        ValidateArray(scan, offset);
    }

    private void ValidateArray(PartitionScan scan, long offset)
    {
        // 128 * 2^n
        if (SizeOfPartitionEntry < GptEntry.MinimumSize || SizeOfPartitionEntry > MaximumEntrySize || !uint.IsPow2(SizeOfPartitionEntry))
            throw scan.Corrupt(offset + 84, "GPT SizeOfPartitionEntry", $"{SizeOfPartitionEntry}", $"128, 256, 512 ... {MaximumEntrySize}");
        ulong size = (ulong)NumberOfPartitionEntries * SizeOfPartitionEntry;
        if (size is 0 or > MaximumArraySize)
            throw scan.Corrupt(offset + 80, "GPT NumberOfPartitionEntries", $"{NumberOfPartitionEntries}", $"1 to {MaximumArraySize / SizeOfPartitionEntry}, which take 1 MiB");
        ulong sectors = (size + (uint)scan.SectorSize - 1) / (uint)scan.SectorSize;
        if (PartitionEntryLba < 2 || PartitionEntryLba >= scan.SectorCount || sectors > scan.SectorCount - PartitionEntryLba)
            throw scan.Corrupt(offset + 72, "GPT PartitionEntryLBA", $"{sectors} sectors from sector {PartitionEntryLba}", $"sectors from 2 to {scan.SectorCount - 1}");
    }

    /// <summary>The checksum of a header, its own field counted as zero.</summary>
    public static uint ComputeCrc32(ReadOnlySpan<byte> header)
    {
        uint crc = Crc32.Compute(header[..CrcOffset]);
        crc = Crc32.Append(crc, [0, 0, 0, 0]);
        return Crc32.Append(crc, header[(CrcOffset + 4)..]);
    }
}

/// <summary>One entry of a GUID partition table (UEFI 2.10 section 5.3.3, tables 5.6 and 5.8).</summary>
internal readonly record struct GptEntry(Guid TypeGuid, Guid UniqueGuid, ulong StartingLba, ulong EndingLba, ulong Attributes, string Name)
{
    public const int MinimumSize = 128;

    private const ulong LegacyBiosBootable = 1 << 2;

    public bool IsUsed => TypeGuid != Guid.Empty;

    public bool IsBootable => (Attributes & LegacyBiosBootable) != 0;

    public static GptEntry Parse(ReadOnlySpan<byte> bytes) => new(
        new Guid(bytes[..16]),                                // bytes 0-15: PartitionTypeGUID
        new Guid(bytes.Slice(16, 16)),                        // bytes 16-31: UniquePartitionGUID
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]), // bytes 32-39: StartingLBA
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]), // bytes 40-47: EndingLBA, inclusive
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]), // bytes 48-55: Attributes
        ReadName(bytes.Slice(56, 72)));                       // bytes 56-127: PartitionName, UTF-16, ends at a NUL

    /// <summary>Checks that the partition is a range of the disk.</summary>
    public void Validate(PartitionScan scan, long offset, int index)
    {
        if (StartingLba > EndingLba)
            throw scan.Corrupt(offset + 32, $"GPT entry {index} StartingLBA", $"{StartingLba}", $"at most {EndingLba}, the partition's EndingLBA");
        if (EndingLba >= scan.SectorCount)
            throw scan.Corrupt(offset + 40, $"GPT entry {index} EndingLBA", $"{EndingLba}", $"at most {scan.SectorCount - 1}, the disk's last sector");
    }

    /// <summary>Reads a name that anyone may have written: control characters and unpaired surrogates become U+FFFD.</summary>
    private static string ReadName(ReadOnlySpan<byte> bytes)
    {
        Span<char> name = stackalloc char[bytes.Length / 2];
        int length = 0;
        for (; length < name.Length; length++)
        {
            char unit = (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(length * 2)..]);
            if (unit == '\0')
                break;
            name[length] = char.IsControl(unit) ? '\uFFFD' : unit;
        }

        for (int index = 0; index < length; index++)
        {
            if (char.IsHighSurrogate(name[index]) && index + 1 < length && char.IsLowSurrogate(name[index + 1]))
                index++;
            else if (char.IsSurrogate(name[index]))
                name[index] = '\uFFFD';
        }

        return new string(name[..length]);
    }
}
