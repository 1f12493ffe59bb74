namespace OpenStackStorage.Disks;

/// <summary>
/// Replays the log in memory, as [MS-VHDX] 2.3.3 note 5 asks of whoever opens the file for reading: what the log changes is
/// laid over the file, and the file stays as it is.
/// </summary>
internal static class VhdxLog
{
    /// <summary>The longest log that is replayed. Hyper-V's and qemu's own are of 1 MiB.</summary>
    public const uint MaximumLength = 256 << 20;

    /// <summary>The most changes that one replay makes; more than all data sectors that fit.</summary>
    private const int MaximumChanges = 1 << 16;

    /// <summary>Headers and file identifier are never written through the log.</summary>
    private const ulong FirstChangeable = VhdxRegionTable.FirstOffset;

    /// <summary>The file as it is once its log is replayed; the device itself when there is nothing to replay.</summary>
    /// <exception cref="ImageFormatException">The log holds no valid sequence, or changes what it must not.</exception>
    public static BlockDevice Replay(BlockDevice device, in VhdxHeader header)
    {
        if (!header.HasLog)
            return device;
        if (header.LogLength > MaximumLength)
            throw new ImageFeatureException(device, $"replaying a log of {header.LogLength} bytes: at most {MaximumLength}");

        VhdxLogReader log = new(device, header);
        List<VhdxFoundEntry> sequence = log.ActiveSequence();
        if (sequence.Count == 0)
            throw new ImageFormatException(device, (long)header.LogOffset, "log", "no complete sequence of entries with the LogGuid of the header", "one, as LogGuid is not zero");
        VhdxFoundEntry head = sequence[^1];
        long headOffset = log.FileOffset(head.Sector);
        if (head.Header.FlushedFileOffset > (ulong)device.Length)
            throw new ImageFormatException(device, headOffset + 48, "log entry FlushedFileOffset", $"{head.Header.FlushedFileOffset}", $"at most {device.Length}, the length of the file: it was cut");
        if (head.Header.LastFileOffset > long.MaxValue)
            throw new ImageFormatException(device, headOffset + 56, "log entry LastFileOffset", $"{head.Header.LastFileOffset}", "at most 2^63-1");

        List<VhdxChange> changes = [];
        foreach (VhdxFoundEntry entry in sequence)
            Collect(device, header, log, entry, changes);
        return new VhdxLogOverlay(device, changes, (long)head.Header.LastFileOffset);
    }

    /// <summary>Brings what the log changes to the file, and marks the log as empty. A crash amid it leaves it to be done again.</summary>
    /// <param name="vhdx">What the file says of itself.</param>
    /// <returns>What it says once that is done.</returns>
    public static VhdxFile Apply(BlockDevice device, VhdxFile vhdx)
    {
        if (vhdx.Content is not VhdxLogOverlay overlay)
            return vhdx;
        byte[] buffer = new byte[VhdxPageCache.PageSize];
        foreach (VhdxChange change in overlay.Changes)
        {
            if (change.Source < 0)
            {
                device.WriteZeroes(new HostOffset(change.Start), change.End - change.Start);
                continue;
            }

            Span<byte> bytes = buffer.AsSpan(0, (int)(change.End - change.Start));
            overlay.Read(new HostOffset(change.Start), bytes);
            device.Write(new HostOffset(change.Start), bytes);
        }

        if (device.Length < overlay.Length && !device.IsFixedSize)
            device.SetLength(overlay.Length);
        device.Flush();
        new VhdxJournal(device).Close();
        return VhdxFile.Read(device);
    }

    private static void Collect(BlockDevice device, in VhdxHeader header, VhdxLogReader log, in VhdxFoundEntry entry, List<VhdxChange> changes)
    {
        long nextData = entry.Sector + entry.Header.DescriptorSectors;
        int perSector = VhdxLogEntry.SectorLength / VhdxLogDescriptor.Length;
        for (long i = 0; i < entry.Header.DescriptorCount; i++)
        {
            if (changes.Count == MaximumChanges)
                throw new ImageFeatureException(device, $"replaying a log of more than {MaximumChanges} changes");
            long slot = i + (VhdxLogEntry.HeaderLength / VhdxLogDescriptor.Length);
            long sector = entry.Sector + (slot / perSector);
            int at = (int)(slot % perSector) * VhdxLogDescriptor.Length;
            if (!VhdxLogDescriptor.TryParse(log.Sector(sector)[at..], out VhdxLogDescriptor descriptor))
                throw new ImageFormatException(device, log.FileOffset(sector) + at, "log descriptor", "another one than a moment ago", "a file that nobody writes to");
            Validate(device, header, entry.Header, descriptor, log.FileOffset(sector) + at);
            long source = descriptor.IsData ? log.FileOffset(nextData++) : -1;
            if (descriptor.ChangedLength > 0)
                changes.Add(new VhdxChange((long)descriptor.FileOffset, (long)(descriptor.FileOffset + descriptor.ChangedLength), source, descriptor.LeadingBytes, descriptor.TrailingBytes));
        }
    }

    private static void Validate(BlockDevice device, in VhdxHeader header, in VhdxLogEntry entry, in VhdxLogDescriptor descriptor, long at)
    {
        ulong end = descriptor.FileOffset + descriptor.ChangedLength;
        if (descriptor.ChangedLength % VhdxLogEntry.SectorLength != 0)
            throw new ImageFormatException(device, at + 8, "log descriptor ZeroLength", $"{descriptor.ChangedLength}", "a multiple of 4096");
        if (descriptor.FileOffset % VhdxLogEntry.SectorLength != 0)
            throw new ImageFormatException(device, at + 16, "log descriptor FileOffset", $"{descriptor.FileOffset}", "a multiple of 4096");
        if (end < descriptor.FileOffset || end > Math.Max((ulong)device.Length, entry.LastFileOffset))
            throw new ImageFormatException(device, at + 16, "log descriptor FileOffset", $"{descriptor.FileOffset} with {descriptor.ChangedLength} bytes", $"a range before LastFileOffset {entry.LastFileOffset}");
        if (descriptor.FileOffset < FirstChangeable)
            throw new ImageFormatException(device, at + 16, "log descriptor FileOffset", $"{descriptor.FileOffset}, in the file identifier or a header", "a place that is written through the log");
        if (descriptor.FileOffset < header.LogOffset + header.LogLength && end > header.LogOffset)
            throw new ImageFormatException(device, at + 16, "log descriptor FileOffset", $"{descriptor.FileOffset}, in the log itself", "a place outside the log");
    }
}
