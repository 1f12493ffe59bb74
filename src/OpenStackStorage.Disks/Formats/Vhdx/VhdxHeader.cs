using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>One of the two headers of a VHDX file. Source: [MS-VHDX] 2.2.2; little-endian, 4 KiB.</summary>
internal readonly record struct VhdxHeader
{
    public const int Length = 4096;
    public const long FirstOffset = 64 << 10;
    public const long SecondOffset = 128 << 10;

    /// <summary>Bytes at the start of the file that hold file identifier, headers and region tables, and nothing else.</summary>
    public const long SectionLength = 1 << 20;

    /// <summary>Everything that a VHDX file consists of lies at multiples of this many bytes.</summary>
    public const long Unit = 1 << 20;

    private const int ChecksumOffset = 4;

    public static ReadOnlySpan<byte> Signature => "head"u8;

    public ulong SequenceNumber { get; init; } // 8-15

    /// <summary>Changes when a program opens the file for writing.</summary>
    public Guid FileWriteGuid { get; init; } // 16-31

    /// <summary>Changes with what the guest reads: the identity that a differencing disk knows its parent by.</summary>
    public Guid DataWriteGuid { get; init; } // 32-47

    /// <summary>The id that valid log entries carry; all zeroes when there is nothing to replay.</summary>
    public Guid LogGuid { get; init; } // 48-63

    public ushort LogVersion { get; init; } // 64-65

    public ushort Version { get; init; } // 66-67

    /// <summary>Bytes of the log, a multiple of 1 MiB.</summary>
    public uint LogLength { get; init; } // 68-71

    public ulong LogOffset { get; init; } // 72-79

    /// <summary>True when the log must be replayed before anything else is read.</summary>
    public bool HasLog => LogGuid != Guid.Empty;

    /// <summary>True when signature and checksum are right.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(Signature)
        && BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]) == Crc32C.ComputeAround(bytes[..Length], ChecksumOffset);

    public static VhdxHeader Parse(ReadOnlySpan<byte> bytes) => new()
    {
        SequenceNumber = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        FileWriteGuid = new Guid(bytes[16..32]),
        DataWriteGuid = new Guid(bytes[32..48]),
        LogGuid = new Guid(bytes[48..64]),
        LogVersion = BinaryPrimitives.ReadUInt16LittleEndian(bytes[64..]),
        Version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[66..]),
        LogLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[68..]),
        LogOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[72..]),
    };

    /// <param name="bytes">4096 bytes; the reserved ones are left as they are.</param>
    public void WriteTo(Span<byte> bytes)
    {
        Signature.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], SequenceNumber);
        FileWriteGuid.TryWriteBytes(bytes[16..]);
        DataWriteGuid.TryWriteBytes(bytes[32..]);
        LogGuid.TryWriteBytes(bytes[48..]);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[64..], LogVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[66..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[68..], LogLength);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[72..], LogOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumOffset..], Crc32C.ComputeAround(bytes[..Length], ChecksumOffset));
    }

    /// <summary>The header that counts: of two intact ones that with the higher sequence number (2.2.2).</summary>
    /// <param name="offset">Where it stands.</param>
    public static VhdxHeader ReadCurrent(BlockDevice device, out long offset)
    {
        Span<byte> first = stackalloc byte[Length];
        Span<byte> second = stackalloc byte[Length];
        device.ReadPadded(new HostOffset(FirstOffset), first);
        device.ReadPadded(new HostOffset(SecondOffset), second);
        VhdxHeader? one = IsIntact(first) ? Parse(first) : null;
        VhdxHeader? two = IsIntact(second) ? Parse(second) : null;
        if (one is null && two is null)
            throw new ImageFormatException(device, FirstOffset, "header", "no copy whose signature and CRC-32C are right", $"one at {FirstOffset} or {SecondOffset}");
        // Microsoft's Disk2vhd writes one header twice, with one sequence number: there is nothing to choose then.
        if (one is not null && two is not null && one.Value.SequenceNumber == two.Value.SequenceNumber && !first.SequenceEqual(second))
            throw new ImageFormatException(device, SecondOffset + 8, "header SequenceNumber", $"{two.Value.SequenceNumber}, as in the other header", "two numbers, of which the higher one counts");

        bool useFirst = two is null || (one is not null && one.Value.SequenceNumber >= two.Value.SequenceNumber);
        offset = useFirst ? FirstOffset : SecondOffset;
        VhdxHeader current = (useFirst ? one : two)!.Value;
        current.Validate(device, offset);
        return current;
    }

    private void Validate(BlockDevice device, long offset)
    {
        if (Version != 1)
            throw new ImageFeatureException(device, $"VHDX version {Version} (at byte {offset + 66})");
        if (HasLog && LogVersion != 0)
            throw new ImageFeatureException(device, $"VHDX log version {LogVersion} (at byte {offset + 64})");
        if (LogLength % Unit != 0 || (HasLog && LogLength == 0))
            throw new ImageFormatException(device, offset + 68, "header LogLength", $"{LogLength}", HasLog ? "a multiple of 1 MiB other than 0" : "a multiple of 1 MiB");
        if (LogLength > 0 && (LogOffset % Unit != 0 || LogOffset < SectionLength || LogOffset > (ulong)device.Length || (ulong)device.Length - LogOffset < LogLength))
            throw new ImageFormatException(device, offset + 72, "header LogOffset", $"{LogOffset}", $"a multiple of 1 MiB from 1 MiB, so that {LogLength} bytes lie inside the file of {device.Length} bytes");
    }
}
