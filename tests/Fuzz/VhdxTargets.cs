using System.Buffers.Binary;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Fuzz;

/// <summary>VHDX: all structures on the way to the guest's bytes, the check, and the log's replay on its own. Checksums are made right first: a wrong one ends every parser at once.</summary>
internal static class VhdxTargets
{
    private const int MiB = 1 << 20;
    private const long FileLength = 8L * MiB;
    private const int MaximumExtents = 512;
    private const int MaximumFindings = 20_000;

    private const int HeaderPiece = 80;
    private const int RegionPiece = 160;
    private const int TablePiece = 288;
    private const int ItemPiece = 400;
    private const int BatPiece = 64;
    private const int BitmapEntryPiece = 8;
    private const int BitmapPiece = 512;
    private const int BitmapEntry = 4096 * 8; // blocks of 1 MiB, sectors of 512 bytes

    private static readonly Guid Parent = new("22222222-2222-4222-8222-222222222222");
    private static readonly Guid LogGuid = new("44444444-4444-4444-8444-444444444444");

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("vhdx-read", Seeds, Read),
        new("vhdx-check", Seeds, Check),
        new("vhdx-log", LogSeeds, ReplayLog),
    ];

    private static void Read(byte[] input)
    {
        VhdxFormat format = new();
        format.Describe(Compose(input));
        using DiskImage image = format.Open(Compose(input), new ImageOpenOptions { Gate = new ParentGate() });
        ImageReader reader = new(image);
        byte[] buffer = new byte[65536];
        GuestOffset end = new(reader.Length);
        GuestOffset at = default;
        for (int i = 0; i < MaximumExtents && at < end; i++)
        {
            Extent extent = reader.Map(at, end);
            if (extent.Start != at || extent.Length <= 0 || extent.End > end)
                throw new InvalidOperationException($"the map at {at.Value} of {end.Value} is {extent}");
            reader.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.Length)));
            at = extent.End;
        }
    }

    private static void Check(byte[] input)
    {
        foreach (CheckFinding finding in new VhdxFormat().Check(Compose(input), deep: true, new WorkProgress(), CancellationToken.None).Take(MaximumFindings))
        {
            if (finding.Offset < 0 || finding.Message.Length == 0)
                throw new InvalidOperationException($"a finding says nothing: {finding}");
        }
    }

    private static void ReplayLog(byte[] input)
    {
        if (input.Length > MiB)
            return;
        byte[] log = (byte[])input.Clone();
        for (int at = 0; at + 4096 <= log.Length; at += 4096)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(log.AsSpan(at + 8));
            if (log.AsSpan(at).StartsWith(VhdxLogEntry.Signature) && length >= 4096 && length <= log.Length - at)
                BinaryPrimitives.WriteUInt32LittleEndian(log.AsSpan(at + 4), Crc32C.ComputeAround(log.AsSpan(at, (int)length), 4));
        }

        PieceDevice device = new("fuzz.vhdx", FileLength, (MiB, log));
        VhdxHeader header = new() { Version = 1, LogGuid = LogGuid, LogLength = MiB, LogOffset = MiB };
        VhdxLogOverlay overlay = (VhdxLogOverlay)VhdxLog.Replay(device, header);
        long end = VhdxRegionTable.FirstOffset;
        byte[] sector = new byte[6000];
        foreach (VhdxChange change in overlay.Changes)
        {
            if (change.Start < end || change.End <= change.Start || change.End > overlay.Length || (change.Start < 2 * MiB && change.End > MiB))
                throw new InvalidOperationException($"a change that can't be: {change}");
            end = change.End;
            overlay.ReadUpTo(new HostOffset(change.Start - 1000), sector);
        }
    }

    /// <summary>Lays the pieces of an input out as a file, with right checksums.</summary>
    private static PieceDevice Compose(byte[] input)
    {
        int taken = 0;
        byte[] header = Take(HeaderPiece, 4096);
        byte[] regions = Take(RegionPiece, VhdxRegionTable.Length);
        byte[] table = Take(TablePiece, TablePiece);
        byte[] items = Take(ItemPiece, ItemPiece);
        byte[] bat = Take(BatPiece, BatPiece);
        byte[] bitmapEntry = Take(BitmapEntryPiece, BitmapEntryPiece);
        byte[] bitmap = Take(BitmapPiece, BitmapPiece);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), Crc32C.ComputeAround(header, 4));
        BinaryPrimitives.WriteUInt32LittleEndian(regions.AsSpan(4), Crc32C.ComputeAround(regions, 4));
        return new PieceDevice("/fuzz/fuzz.vhdx", FileLength,
            (0, "vhdxfile"u8.ToArray()), (VhdxHeader.FirstOffset, header), (VhdxRegionTable.FirstOffset, regions),
            (2 * MiB, table), ((2 * MiB) + VhdxMetadataRegion.TableLength, items), (3 * MiB, bat), ((3 * MiB) + BitmapEntry, bitmapEntry), (4 * MiB, bitmap));

        byte[] Take(int count, int length)
        {
            byte[] piece = new byte[length];
            input.AsSpan(Math.Min(taken, input.Length), Math.Clamp(input.Length - taken, 0, count)).CopyTo(piece);
            taken += count;
            return piece;
        }
    }

    private static List<byte[]> Seeds() => [Seed(hasParent: false, 512), Seed(hasParent: false, 4096), Seed(hasParent: true, 512)];

    private static byte[] Seed(bool hasParent, int sectorSize)
    {
        byte[] seed = new byte[HeaderPiece + RegionPiece + TablePiece + ItemPiece + BatPiece + BitmapEntryPiece + BitmapPiece];
        byte[] header = new byte[4096];
        new VhdxHeader { SequenceNumber = 1, DataWriteGuid = hasParent ? LogGuid : Parent, Version = 1, LogLength = MiB, LogOffset = MiB }.WriteTo(header);
        byte[] regions = new byte[VhdxRegionTable.Length];
        VhdxRegionTable.Write(regions, new VhdxRegion(VhdxRegionTable.BatId, "", 3 * MiB, MiB), new VhdxRegion(VhdxRegionTable.MetadataId, "", 2 * MiB, MiB));
        byte[] metadata = new VhdxMetadataRegion
        {
            BlockSize = MiB,
            VirtualSize = 6 * MiB,
            DiskId = Parent,
            LogicalSectorSize = sectorSize,
            PhysicalSectorSize = 4096,
            Parent = hasParent ? new VhdxParentLocator { Linkage = Parent, RelativePath = @".\p.vhdx" } : null,
        }.ToBytes();
        Span<byte> rest = seed;
        rest = Put(header.AsSpan(0, HeaderPiece), rest, HeaderPiece);
        rest = Put(regions.AsSpan(0, RegionPiece), rest, RegionPiece);
        rest = Put(metadata.AsSpan(0, TablePiece), rest, TablePiece);
        rest = Put(metadata.AsSpan(VhdxMetadataRegion.TableLength), rest, ItemPiece);
        VhdxBlockState[] states = hasParent
            ? [VhdxBlockState.PartiallyPresent, VhdxBlockState.NotPresent, VhdxBlockState.FullyPresent, VhdxBlockState.PartiallyPresent, VhdxBlockState.Zero]
            : [VhdxBlockState.FullyPresent, VhdxBlockState.Zero, VhdxBlockState.FullyPresent, VhdxBlockState.Unmapped, VhdxBlockState.FullyPresent];
        for (int i = 0; i < states.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(rest[(i * 8)..], new VhdxBatEntry(states[i], states[i] >= VhdxBlockState.FullyPresent ? (5 + (i / 2)) * MiB : 0).Value);
        rest = rest[BatPiece..];
        BinaryPrimitives.WriteUInt64LittleEndian(rest, hasParent ? new VhdxBatEntry(VhdxBlockState.FullyPresent, 4 * MiB).Value : 0);
        new Random(4).NextBytes(rest[BitmapEntryPiece..]);
        return seed;
    }

    private static Span<byte> Put(ReadOnlySpan<byte> piece, Span<byte> rest, int room)
    {
        piece.CopyTo(rest);
        return rest[room..];
    }

    private static List<byte[]> LogSeeds()
    {
        byte[] one = new byte[3 * 4096];
        WriteEntry(one, 0, 1, 0, [(3 * MiB, false), (4 * MiB, true)]);
        byte[] several = new byte[12 * 4096];
        WriteEntry(several, 0, 6, 0, [(3 * MiB, true), (6 * MiB, false)]);
        WriteEntry(several, 2, 7, 0, [(3 * MiB, true), ((3 * MiB) + 4096, true), (7 * MiB, false)]);
        WriteEntry(several, 5, 8, 2, [(3 * MiB, true), ((6 * MiB) + 4096, true)]);
        WriteEntry(several, 9, 3, 9, [(5 * MiB, true)]);
        return [one, several];
    }

    private static void WriteEntry(byte[] log, int sector, ulong sequence, int tail, (long Offset, bool IsData)[] changes)
    {
        Span<byte> entry = log.AsSpan(sector * 4096);
        int data = 4096;
        for (int i = 0; i < changes.Length; i++)
        {
            new VhdxLogDescriptor { IsData = changes[i].IsData, ChangedLength = 8192, FileOffset = (ulong)changes[i].Offset, SequenceNumber = sequence }.WriteTo(entry[(64 + (i * 32))..]);
            if (!changes[i].IsData)
                continue;
            "data"u8.CopyTo(entry[data..]);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[(data + 4092)..], (uint)sequence);
            data += 4096;
        }

        new VhdxLogEntry
        {
            Length = (uint)data,
            Tail = (uint)tail * 4096,
            SequenceNumber = sequence,
            DescriptorCount = (uint)changes.Length,
            LogGuid = LogGuid,
            FlushedFileOffset = (ulong)FileLength,
            LastFileOffset = (ulong)FileLength,
        }.WriteTo(entry);
    }

    /// <summary>Every name is the disk that the differencing seed was made from.</summary>
    private sealed class ParentGate : OpenGate
    {
        public override BlockDevice Open(ImageReference reference) => Compose(Seed(hasParent: false, 512));
    }
}
