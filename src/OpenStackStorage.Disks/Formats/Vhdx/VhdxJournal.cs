using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// Brings metadata to the disk as [MS-VHDX] asks of a writer: headers in turn (2.2.2.1), everything else through the log
/// (2.3). One entry of the log holds all that one call changes, so that after a crash it counts as a whole or not at all.
/// </summary>
internal sealed class VhdxJournal
{
    /// <summary>An entry's sectors are all in memory.</summary>
    private const int MostSectors = 512;

    private readonly BlockDevice _file;
    private readonly Guid _logGuid = Guid.NewGuid();
    private readonly int _sectors;
    private long _headerOffset;
    private int _next; // the sector of the log where the next entry starts
    private ulong _sequenceNumber;

    /// <param name="file">Its log must have been replayed.</param>
    public VhdxJournal(BlockDevice file)
    {
        _file = file;
        Header = VhdxHeader.ReadCurrent(file, out _headerOffset);
        if (Header.LogLength == 0)
            throw new ImageFeatureException(file, "writing to a VHDX that has no log (LogLength 0)");
        _sectors = (int)Math.Min(Header.LogLength / VhdxLogEntry.SectorLength, int.MaxValue);
        // The newest entry must not lie over the one before, which counts until the newest is complete: half the log for each.
        int entry = Math.Min(_sectors / 2, MostSectors);
        Capacity = entry - 1;
        while (SectorsOf(Capacity) > entry)
            Capacity--;
    }

    /// <summary>The header that counts now.</summary>
    public VhdxHeader Header { get; private set; }

    /// <summary>Sectors that one entry can change.</summary>
    public int Capacity { get; }

    /// <summary>Writes the header that does not count, so that it does: a torn write leaves the other one.</summary>
    public void WriteHeader(in VhdxHeader header)
    {
        long offset = _headerOffset == VhdxHeader.FirstOffset ? VhdxHeader.SecondOffset : VhdxHeader.FirstOffset;
        VhdxHeader next = header with { SequenceNumber = Header.SequenceNumber + 1 };
        byte[] bytes = new byte[VhdxHeader.Length];
        next.WriteTo(bytes);
        _file.Write(new HostOffset(offset), bytes);
        _file.Flush();
        _headerOffset = offset;
        Header = next;
    }

    /// <summary>
    /// Changes sectors, all or none. What they refer to comes to the disk first, then the entry, then the sectors at their
    /// places. LogGuid is set once the first entry is complete, as a log in use must hold a valid sequence (2.3.3).
    /// </summary>
    /// <param name="changes">At most <see cref="Capacity"/>, in the order of the file.</param>
    public void Commit(List<VhdxLogSector> changes)
    {
        _file.Flush();
        WriteEntry(changes);
        _file.Flush();
        if (!Header.HasLog)
            WriteHeader(Header with { LogGuid = _logGuid, LogVersion = 0 });
        foreach (VhdxLogSector change in changes)
            _file.Write(new HostOffset(change.Offset), change.Bytes.Span);
        _file.Flush();
    }

    /// <summary>Ends the use of the log: all of it is applied.</summary>
    public void Close()
    {
        if (Header.HasLog)
            WriteHeader(Header with { LogGuid = Guid.Empty });
    }

    private static int SectorsOf(int changes) =>
        changes + (VhdxLogEntry.HeaderLength + (changes * VhdxLogDescriptor.Length) + VhdxLogEntry.SectorLength - 1) / VhdxLogEntry.SectorLength;

    private void WriteEntry(List<VhdxLogSector> changes)
    {
        byte[] entry = new byte[SectorsOf(changes.Count) * VhdxLogEntry.SectorLength];
        ulong sequenceNumber = ++_sequenceNumber;
        int data = entry.Length - (changes.Count * VhdxLogEntry.SectorLength);
        for (int i = 0; i < changes.Count; i++, data += VhdxLogEntry.SectorLength)
        {
            ReadOnlySpan<byte> bytes = changes[i].Bytes.Span;
            VhdxLogDescriptor descriptor = new()
            {
                IsData = true,
                LeadingBytes = BinaryPrimitives.ReadUInt64LittleEndian(bytes),
                TrailingBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]),
                FileOffset = (ulong)changes[i].Offset,
                SequenceNumber = sequenceNumber,
            };
            descriptor.WriteTo(entry.AsSpan(VhdxLogEntry.HeaderLength + (i * VhdxLogDescriptor.Length)));
            Span<byte> sector = entry.AsSpan(data, VhdxLogEntry.SectorLength);
            bytes.CopyTo(sector);
            VhdxLogEntry.DataSignature.CopyTo(sector);
            BinaryPrimitives.WriteUInt32LittleEndian(sector[4..], (uint)(sequenceNumber >> 32));
            BinaryPrimitives.WriteUInt32LittleEndian(sector[^4..], (uint)sequenceNumber);
        }

        VhdxLogEntry header = new()
        {
            Length = (uint)entry.Length,
            Tail = (uint)_next * VhdxLogEntry.SectorLength, // every earlier entry is applied
            SequenceNumber = sequenceNumber,
            DescriptorCount = (uint)changes.Count,
            LogGuid = _logGuid,
            FlushedFileOffset = (ulong)_file.Length,
            LastFileOffset = (ulong)_file.Length,
        };
        header.WriteTo(entry);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(VhdxLogEntry.ChecksumOffset), Crc32C.ComputeAround(entry, VhdxLogEntry.ChecksumOffset));
        WriteToLog(entry);
    }

    /// <summary>Behind the last sector of the log comes the first.</summary>
    private void WriteToLog(ReadOnlySpan<byte> entry)
    {
        long start = (long)Header.LogOffset;
        int first = (int)Math.Min(entry.Length, (_sectors - _next) * (long)VhdxLogEntry.SectorLength);
        _file.Write(new HostOffset(start + (_next * (long)VhdxLogEntry.SectorLength)), entry[..first]);
        if (first < entry.Length)
            _file.Write(new HostOffset(start), entry[first..]);
        _next = (_next + (entry.Length / VhdxLogEntry.SectorLength)) % _sectors;
    }
}
