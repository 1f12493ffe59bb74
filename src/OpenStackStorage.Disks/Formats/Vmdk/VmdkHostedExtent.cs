using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>A hosted sparse extent ("KDMV"), compressed or not. Source: "Virtual Disk Format 5.0", "Hosted Sparse Extents".</summary>
internal class VmdkHostedExtent : VmdkGrainExtent
{
    protected const uint ZeroedGrain = 1;

    private VmdkRegion[] _regions;

    protected VmdkHostedExtent(GuestOffset start, BlockDevice device, in VmdkSparseHeader header, uint[] directory, VmdkRegion[] regions)
        : base(start, header.VirtualSize, device, directory, header.GrainSize, (int)header.TableEntries, sizeof(uint))
    {
        Header = header;
        HasZeroedGrains = header.Flags.HasFlag(VmdkSparseFlags.ZeroedGrains);
        _regions = regions;
    }

    /// <summary>The header, or the footer that takes its place.</summary>
    public VmdkSparseHeader Header { get; private set; }

    /// <summary>True where an entry of 1 is a grain of zeroes.</summary>
    protected bool HasZeroedGrains { get; }

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
        try
        {
            return new VmdkHostedExtent(start, device, header, ReadDirectory(device, header, regions, at, redundant: false), regions);
        }
        catch (ImageFormatException problem) when (HasRedundantDirectory(header))
        {
            try
            {
                return new VmdkHostedExtent(start, device, header, ReadDirectory(device, header, regions, at, redundant: true), regions) { DirectoryProblem = problem };
            }
            catch (ImageFormatException)
            {
                throw problem; // the directory that readers use is what must be mended
            }
        }
    }

    /// <param name="at">Byte of the file at which the header, or the footer that takes its place, starts.</param>
    /// <exception cref="ImageFormatException">The directory, or a table that it names, is misplaced.</exception>
    protected static uint[] ReadDirectory(BlockDevice device, in VmdkSparseHeader header, VmdkRegion[] regions, long at, bool redundant)
    {
        ulong sector = redundant ? header.RedundantDirectory : header.Directory;
        long offset = VmdkSparseHeader.Place(sector, header.DirectoryEntries * 4L, device.Length)
            ?? throw new ImageFormatException(device, at + (redundant ? 48 : 56), redundant ? "rgdOffset" : "gdOffset", $"a grain directory of {header.DirectoryEntries * 4L} bytes at sector {sector}", $"a place inside the file of {device.Length} bytes");
        return VmdkGrainDirectory.Read(device, offset, header.DirectoryEntries, (int)header.TableEntries * sizeof(uint), regions, redundant ? "RGD" : "GD");
    }

    public static bool HasRedundantDirectory(in VmdkSparseHeader header) => header.Flags.HasFlag(VmdkSparseFlags.RedundantDirectory) && header.RedundantDirectory != 0;

    public override long TableOffset(uint entry) => entry * (long)VmdkSparseHeader.SectorSize;

    public override VmdkGrain Decode(ReadOnlySpan<byte> table, long tableOffset, int index)
    {
        uint sector = BinaryPrimitives.ReadUInt32LittleEndian(table[(index * sizeof(uint))..]);
        if (sector == 0)
            return new VmdkGrain(ExtentKind.Backing);
        if (sector == ZeroedGrain && HasZeroedGrains)
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

    /// <summary>Takes over another header, and what it says of metadata's places.</summary>
    protected void Adopt(in VmdkSparseHeader header)
    {
        Header = header;
        _regions = [.. RegionsOf(Device!, header)];
    }

    protected static IEnumerable<VmdkRegion> RegionsOf(BlockDevice device, VmdkSparseHeader header)
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
