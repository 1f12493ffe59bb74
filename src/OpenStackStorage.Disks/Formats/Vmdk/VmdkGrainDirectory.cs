using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// A grain directory of 32-bit sector numbers, read whole and held against the rest of the file once, so that mapping can
/// trust it. Source: "Virtual Disk Format 5.0", "Grain Directory".
/// </summary>
internal static class VmdkGrainDirectory
{
    /// <param name="offset">Byte of the file; the directory lies inside the file.</param>
    /// <param name="tableLength">Bytes of a grain table.</param>
    /// <param name="name">"GD" or "RGD".</param>
    /// <exception cref="ImageFormatException">A grain table is misplaced, or overlaps another one or other metadata.</exception>
    public static uint[] Read(BlockDevice device, long offset, int entries, int tableLength, VmdkRegion[] regions, string name)
    {
        uint[] directory = Read(device, offset, entries);
        if (FirstProblem(device, directory, tableLength, regions) is { } problem)
            throw new ImageFormatException(device, offset + (problem.Index * 4L), $"{name} entry {problem.Index}", problem.Found, problem.Expected);
        return directory;
    }

    /// <summary>Reads the entries as they are.</summary>
    public static uint[] Read(BlockDevice device, long offset, int entries)
    {
        uint[] directory = new uint[entries];
        device.Read(new HostOffset(offset), MemoryMarshal.AsBytes(directory.AsSpan()));
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(directory, directory);
        return directory;
    }

    private static (int Index, string Found, string Expected)? FirstProblem(BlockDevice device, uint[] directory, int tableLength, VmdkRegion[] regions)
    {
        long fileLength = device.Length;
        bool rising = true;
        long end = 0;
        for (int i = 0; i < directory.Length; i++)
        {
            if (directory[i] == 0)
                continue;
            long table = directory[i] * (long)VmdkSparseHeader.SectorSize;
            if (table + tableLength > fileLength)
                return (i, $"a grain table at {table}", $"a place inside the file of {fileLength} bytes");
            if (VmdkRegion.Overlap(regions, table, tableLength) is { } region)
                return (i, $"a grain table at {table}, over the {region}", "a place of its own");
            rising &= table >= end;
            end = table + tableLength;
        }

        return rising ? null : FirstOverlap(directory, tableLength);
    }

    private static (int Index, string Found, string Expected)? FirstOverlap(uint[] directory, int tableLength)
    {
        uint[] sorted = (uint[])directory.Clone();
        Array.Sort(sorted);
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i - 1] != 0 && (sorted[i] - sorted[i - 1]) * (long)VmdkSparseHeader.SectorSize < tableLength)
            {
                int index = Array.LastIndexOf(directory, sorted[i]);
                return (index, $"a grain table at {sorted[i] * (long)VmdkSparseHeader.SectorSize}, over another one", "a place of its own");
            }
        }

        return null;
    }
}
