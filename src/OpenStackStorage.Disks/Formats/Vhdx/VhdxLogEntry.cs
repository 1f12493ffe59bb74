using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>The header of a log entry: 64 bytes at the start of a sector of the log. Source: [MS-VHDX] 2.3.1.1.</summary>
internal readonly record struct VhdxLogEntry
{
    public const int HeaderLength = 64;

    /// <summary>Bytes of a sector of the log; entries and what they change are whole ones.</summary>
    public const int SectorLength = 4096;

    public const int ChecksumOffset = 4;

    public static ReadOnlySpan<byte> Signature => "loge"u8;

    /// <summary>What every data sector starts with.</summary>
    public static ReadOnlySpan<byte> DataSignature => "data"u8;

    public uint Checksum { get; init; } // 4-7

    /// <summary>Bytes of the entry: descriptors and data sectors are part of it.</summary>
    public uint Length { get; init; } // 8-11

    /// <summary>Where in the log the oldest entry starts that was not yet applied when this one was written.</summary>
    public uint Tail { get; init; } // 12-15

    public ulong SequenceNumber { get; init; } // 16-23

    public uint DescriptorCount { get; init; } // 24-27

    public Guid LogGuid { get; init; } // 32-47

    /// <summary>Bytes that the file had for certain; a shorter file was cut.</summary>
    public ulong FlushedFileOffset { get; init; } // 48-55

    /// <summary>Bytes that the file must have so that all its structures fit in.</summary>
    public ulong LastFileOffset { get; init; } // 56-63

    /// <summary>Sectors that header and descriptors take; data sectors follow.</summary>
    public long DescriptorSectors => (HeaderLength + ((long)DescriptorCount * VhdxLogDescriptor.Length) + SectorLength - 1) / SectorLength;

    public static VhdxLogEntry Parse(ReadOnlySpan<byte> bytes) => new()
    {
        Checksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]),
        Length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
        Tail = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
        SequenceNumber = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        DescriptorCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
        LogGuid = new Guid(bytes[32..48]),
        FlushedFileOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
        LastFileOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]),
    };

    public void WriteTo(Span<byte> bytes)
    {
        Signature.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumOffset..], Checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Tail);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], SequenceNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], DescriptorCount);
        LogGuid.TryWriteBytes(bytes[32..]);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[48..], FlushedFileOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[56..], LastFileOffset);
    }

    /// <summary>True when the header alone does not contradict what the file's header says of the log.</summary>
    public bool IsPlausible(in VhdxHeader header) =>
        LogGuid == header.LogGuid
        && SequenceNumber > 0
        && Length > 0 && Length % SectorLength == 0 && Length <= header.LogLength
        && Tail % SectorLength == 0 && Tail < header.LogLength
        && DescriptorSectors <= Length / SectorLength;
}

/// <summary>One change that a log entry makes. Source: [MS-VHDX] 2.3.1.2, 2.3.1.3.</summary>
internal readonly record struct VhdxLogDescriptor
{
    public const int Length = 32;

    public static ReadOnlySpan<byte> DataSignature => "desc"u8;

    public static ReadOnlySpan<byte> ZeroSignature => "zero"u8;

    /// <summary>True for a sector of data; false for a run of zeroes.</summary>
    public bool IsData { get; init; }

    /// <summary>The last 4 bytes of the sector, whose place the data sector's sequence number takes.</summary>
    public uint TrailingBytes { get; init; } // data: 4-7

    /// <summary>The first 8 bytes of the sector.</summary>
    public ulong LeadingBytes { get; init; } // data: 8-15

    /// <summary>Bytes to zero; of a data descriptor one sector.</summary>
    public ulong ChangedLength { get; init; } // zero: 8-15

    public ulong FileOffset { get; init; } // 16-23

    public ulong SequenceNumber { get; init; } // 24-31

    /// <summary>Decodes a descriptor; false when it is of no known kind.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out VhdxLogDescriptor descriptor)
    {
        bool isData = bytes.StartsWith(DataSignature);
        ulong second = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        descriptor = new VhdxLogDescriptor
        {
            IsData = isData,
            TrailingBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            LeadingBytes = isData ? second : 0,
            ChangedLength = isData ? VhdxLogEntry.SectorLength : second,
            FileOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            SequenceNumber = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
        };
        return isData || bytes.StartsWith(ZeroSignature);
    }

    public void WriteTo(Span<byte> bytes)
    {
        (IsData ? DataSignature : ZeroSignature).CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], TrailingBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], IsData ? LeadingBytes : ChangedLength);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], FileOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], SequenceNumber);
    }
}
