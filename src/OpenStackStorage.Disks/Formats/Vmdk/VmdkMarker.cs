using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

internal enum VmdkMarkerType
{
    EndOfStream = 0,
    GrainTable = 1,
    GrainDirectory = 2,
    Footer = 3,
}

/// <summary>
/// What stands before each part of a stream-optimized extent. Before a grain it has 12 bytes: the grain's first sector on
/// the disk and the size of the compressed data, which follows. Elsewhere it takes a sector: how many follow, the size 0,
/// and the type. Source: "Virtual Disk Format 5.0", "Markers".
/// </summary>
internal readonly record struct VmdkMarker(ulong Value, uint Size, VmdkMarkerType Type)
{
    /// <summary>Bytes before the data of a grain.</summary>
    public const int GrainLength = 12;

    public static VmdkMarker Parse(ReadOnlySpan<byte> bytes)
    {
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        return new VmdkMarker(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            size,
            size == 0 && bytes.Length >= 16 ? (VmdkMarkerType)BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) : default);
    }

    public static void WriteGrain(Span<byte> bytes, long sector, int size)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, sector);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], size);
    }

    /// <summary>Fills one sector.</summary>
    public static void WriteSpecial(Span<byte> sector, VmdkMarkerType type, long sectors)
    {
        sector[..VmdkSparseHeader.SectorSize].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(sector, sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[12..], (uint)type);
    }
}
