using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>A hosted sparse extent ("KDMV"), compressed or not. Source: "Virtual Disk Format 5.0", "Hosted Sparse Extents".</summary>
internal sealed class VmdkHostedExtent : VmdkGrainExtent
{
    private const uint ZeroedGrain = 1;

    private readonly bool _hasZeroedGrains;
    private readonly VmdkRegion[] _regions;

    private VmdkHostedExtent(GuestOffset start, BlockDevice device, in VmdkSparseHeader header, uint[] directory, VmdkRegion[] regions)
        : base(start, header.VirtualSize, device, directory, header.GrainSize, (int)header.TableEntries, sizeof(uint))
    {
        Header = header;
        _hasZeroedGrains = header.Flags.HasFlag(VmdkSparseFlags.ZeroedGrains);
        _regions = regions;
    }

    /// <summary>The header, or the footer that takes its place.</summary>
    public VmdkSparseHeader Header { get; }

    public override IReadOnlyList<VmdkRegion> Regions => _regions;

    /// <summary>What is wrong with the grain directory, when the redundant one is used in its place.</summary>
    public ImageFormatException? DirectoryProblem { get; private init; }

    public override bool IsCompressed => Header.IsCompressed;

    /// <summary>Opens by a header that was validated. The extent owns the device then; when opening fails it does not.</summary>
    public static VmdkHostedExtent Open(BlockDevice device, GuestOffset start, VmdkSparseHeader header)
    {
        long at = 0;
        if (header.Directory == VmdkSparseHeader.DirectoryAtEnd)
            (header, at) = VmdkFooter.Read(device, header);
        VmdkRegion[] regions = [.. RegionsOf(device, header)];
        int tableLength = (int)header.TableEntries * sizeof(uint);
        try
        {
            return new VmdkHostedExtent(start, device, header, ReadDirectory(header.Directory, at + 56, "gdOffset", "GD"), regions);
        }
        catch (ImageFormatException problem) when (HasRedundantDirectory(header))
        {
            try
            {
                return new VmdkHostedExtent(start, device, header, ReadDirectory(header.RedundantDirectory, at + 48, "rgdOffset", "RGD"), regions) { DirectoryProblem = problem };
            }
            catch (ImageFormatException)
            {
                throw problem; // the directory that readers use is what must be mended
            }
        }

        uint[] ReadDirectory(ulong sector, long field, string fieldName, string name)
        {
            long offset = VmdkSparseHeader.Place(sector, header.DirectoryEntries * 4L, device.Length)
                ?? throw new ImageFormatException(device, field, fieldName, $"a grain directory of {header.DirectoryEntries * 4L} bytes at sector {sector}", $"a place inside the file of {device.Length} bytes");
            return VmdkGrainDirectory.Read(device, offset, header.DirectoryEntries, tableLength, regions, name);
        }
    }

    public static bool HasRedundantDirectory(in VmdkSparseHeader header) => header.Flags.HasFlag(VmdkSparseFlags.RedundantDirectory) && header.RedundantDirectory != 0;

    public override long TableOffset(uint entry) => entry * (long)VmdkSparseHeader.SectorSize;

    public override VmdkGrain Decode(ReadOnlySpan<byte> table, long tableOffset, int index)
    {
        uint sector = BinaryPrimitives.ReadUInt32LittleEndian(table[(index * sizeof(uint))..]);
        if (sector == 0)
            return new VmdkGrain(ExtentKind.Backing);
        if (sector == ZeroedGrain && _hasZeroedGrains)
            return new VmdkGrain(ExtentKind.Zero);
        long host = sector * (long)VmdkSparseHeader.SectorSize;
        if (host >= FileLength)
            throw Corrupt($"a grain at {host}", $"a place inside the file of {FileLength} bytes");
        if (VmdkRegion.Overlap(_regions, host, IsCompressed ? VmdkMarker.GrainLength : GrainSize) is { } region)
            throw Corrupt($"a grain at {host}, over the {region}", "a place of its own");
        return new VmdkGrain(ExtentKind.Data, host);

        ImageFormatException Corrupt(string found, string expected) => new(Device!, tableOffset + (index * 4L), $"GT entry {index}", found, expected);
    }

    public override void Decompress(in Extent extent, ReadOnlySpan<byte> stored, Span<byte> cluster)
    {
        long guest = extent.Start.Value - extent.Skip;
        if (TryDecompress(guest - Start.Value, stored, cluster[..GrainSize], out _) is { } problem)
            throw new ImageFormatException(Device!, extent.Host.Value, $"{problem.Field} of the grain at guest offset {guest}", problem.Found, problem.Expected);
    }

    /// <param name="at">Byte of the extent at which the grain starts.</param>
    /// <param name="stored">The grain's marker, its data, and perhaps more.</param>
    /// <param name="used">Bytes of <paramref name="stored"/> that belong to the grain.</param>
    public (string Field, string Found, string Expected)? TryDecompress(long at, ReadOnlySpan<byte> stored, Span<byte> grain, out int used)
    {
        used = 0;
        if (stored.Length < VmdkMarker.GrainLength)
            return ("marker", $"the end of the file after {stored.Length} bytes", $"{VmdkMarker.GrainLength} bytes");
        VmdkMarker marker = VmdkMarker.Parse(stored[..VmdkMarker.GrainLength]);
        if (marker.Value != (ulong)(at / VmdkSparseHeader.SectorSize))
            return ("marker lba", $"{marker.Value}", $"{at / VmdkSparseHeader.SectorSize}");
        if (marker.Size == 0 || marker.Size > stored.Length - VmdkMarker.GrainLength)
            return ("marker size", $"{marker.Size}", $"1 to {stored.Length - VmdkMarker.GrainLength}, up to the next grain or the end of the file");
        used = VmdkMarker.GrainLength + (int)marker.Size;
        string? problem = ZlibCodec.TryDecompress(stored[VmdkMarker.GrainLength..used], grain, out int length);
        // The last grain may hold no more than the disk does.
        if (problem is null && length < Math.Min(grain.Length, Length - at))
            problem = $"a stream that ends after {length} bytes";
        grain[length..].Clear();
        return problem is null ? null : ("compressed data", problem, $"a zlib stream of {grain.Length} bytes");
    }

    private static IEnumerable<VmdkRegion> RegionsOf(BlockDevice device, VmdkSparseHeader header)
    {
        const int Sector = VmdkSparseHeader.SectorSize;
        yield return new VmdkRegion(0, Sector, "header");
        if (header.DescriptorSector != 0 && VmdkSparseHeader.Place(header.DescriptorSector, 1, device.Length) is { } descriptor)
            yield return new VmdkRegion(descriptor, (long)Math.Min(header.DescriptorSectors, VmdkDescriptor.MaximumLength / Sector + 1) * Sector, "descriptor");
        if (VmdkSparseHeader.Place(header.Directory, 1, device.Length) is { } directory)
            yield return new VmdkRegion(directory, header.DirectoryEntries * 4L, "grain directory");
        if (HasRedundantDirectory(header) && VmdkSparseHeader.Place(header.RedundantDirectory, 1, device.Length) is { } redundant)
            yield return new VmdkRegion(redundant, header.DirectoryEntries * 4L, "redundant grain directory");
    }
}
