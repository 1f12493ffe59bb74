using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>A log entry that was found whole.</summary>
/// <param name="Sector">The sector of the log that it starts at.</param>
internal readonly record struct VhdxFoundEntry(long Sector, VhdxLogEntry Header)
{
    public long Sectors => Header.Length / VhdxLogEntry.SectorLength;
}

/// <summary>
/// Finds the entries of the log and the sequence of them that counts. Source: [MS-VHDX] 2.3.2, 2.3.3. Every sector is read
/// once, and once more where an entry fails or wraps around: no sector inside an entry starts as an entry does, so that
/// entries can't be nested to make it slow.
/// </summary>
internal sealed class VhdxLogReader(BlockDevice device, in VhdxHeader header)
{
    private const int WindowSectors = 64;

    private readonly VhdxHeader _header = header;
    private readonly long _sectors = header.LogLength / VhdxLogEntry.SectorLength;
    private readonly byte[] _window = new byte[WindowSectors * VhdxLogEntry.SectorLength];
    private long _windowStart = -WindowSectors;

    /// <summary>Where a sector of the log lies in the file. Behind the last one comes the first.</summary>
    public long FileOffset(long sector) => (long)_header.LogOffset + (sector % _sectors * VhdxLogEntry.SectorLength);

    /// <summary>A sector of the log; good until the next one is asked for.</summary>
    public ReadOnlySpan<byte> Sector(long sector)
    {
        long index = sector % _sectors;
        if (index < _windowStart || index >= _windowStart + WindowSectors)
        {
            int length = (int)Math.Min(WindowSectors, _sectors - index) * VhdxLogEntry.SectorLength;
            device.Read(new HostOffset(FileOffset(index)), _window.AsSpan(0, length));
            _windowStart = index;
        }

        return _window.AsSpan((int)(index - _windowStart) * VhdxLogEntry.SectorLength, VhdxLogEntry.SectorLength);
    }

    /// <summary>The newest sequence whose head names a tail within it, oldest entry first; empty when there is none.</summary>
    public List<VhdxFoundEntry> ActiveSequence()
    {
        Dictionary<long, VhdxFoundEntry> entries = FindEntries();
        HashSet<long> followers = [];
        foreach (VhdxFoundEntry entry in entries.Values)
        {
            if (Next(entries, entry) is { } next)
                followers.Add(next.Sector);
        }

        List<VhdxFoundEntry> active = [];
        foreach (VhdxFoundEntry first in entries.Values)
        {
            if (followers.Contains(first.Sector))
                continue;
            List<VhdxFoundEntry> chain = [first];
            while (Next(entries, chain[^1]) is { } next)
                chain.Add(next);
            int tail = chain.FindIndex(entry => entry.Sector == chain[^1].Header.Tail / VhdxLogEntry.SectorLength);
            if (tail >= 0 && (active.Count == 0 || chain[^1].Header.SequenceNumber > active[^1].Header.SequenceNumber))
                active = chain[tail..];
        }

        return active;
    }

    /// <summary>The entry behind another one, when it was written as the next.</summary>
    private VhdxFoundEntry? Next(Dictionary<long, VhdxFoundEntry> entries, in VhdxFoundEntry entry) =>
        entries.TryGetValue((entry.Sector + entry.Sectors) % _sectors, out VhdxFoundEntry next)
        && entry.Header.SequenceNumber < ulong.MaxValue
        && next.Header.SequenceNumber == entry.Header.SequenceNumber + 1
            ? next
            : null;

    private Dictionary<long, VhdxFoundEntry> FindEntries()
    {
        Dictionary<long, VhdxFoundEntry> entries = [];
        for (long sector = 0; sector < _sectors;)
        {
            if (TryReadEntry(sector, out VhdxFoundEntry entry))
            {
                entries.Add(sector, entry);
                sector += entry.Sectors;
            }
            else
            {
                sector++;
            }
        }

        return entries;
    }

    private bool TryReadEntry(long start, out VhdxFoundEntry entry)
    {
        entry = default;
        ReadOnlySpan<byte> sector = Sector(start);
        if (!sector.StartsWith(VhdxLogEntry.Signature))
            return false;
        VhdxLogEntry header = VhdxLogEntry.Parse(sector);
        if (!header.IsPlausible(_header))
            return false;
        entry = new VhdxFoundEntry(start, header);

        uint crc = 0;
        long dataSectors = 0;
        long descriptors = 0;
        for (long i = 0; i < entry.Sectors; i++)
        {
            sector = Sector(start + i);
            if (i > 0 && sector.StartsWith(VhdxLogEntry.Signature))
                return false;
            if (i < header.DescriptorSectors)
            {
                for (int at = i == 0 ? VhdxLogEntry.HeaderLength : 0; at < sector.Length && descriptors < header.DescriptorCount; at += VhdxLogDescriptor.Length, descriptors++)
                {
                    if (!VhdxLogDescriptor.TryParse(sector[at..], out VhdxLogDescriptor descriptor) || descriptor.SequenceNumber != header.SequenceNumber)
                        return false;
                    dataSectors += descriptor.IsData ? 1 : 0;
                }
            }
            else if (i < header.DescriptorSectors + dataSectors && !IsDataSector(sector, header.SequenceNumber))
            {
                return false;
            }

            crc = i == 0 ? Crc32C.ComputeAround(sector, VhdxLogEntry.ChecksumOffset) : Crc32C.Append(crc, sector);
        }

        return header.DescriptorSectors + dataSectors <= entry.Sectors && crc == header.Checksum;
    }

    private static bool IsDataSector(ReadOnlySpan<byte> sector, ulong sequenceNumber) =>
        sector.StartsWith(VhdxLogEntry.DataSignature)
        && BinaryPrimitives.ReadUInt32LittleEndian(sector[4..]) == (uint)(sequenceNumber >> 32)
        && BinaryPrimitives.ReadUInt32LittleEndian(sector[^4..]) == (uint)sequenceNumber;
}
