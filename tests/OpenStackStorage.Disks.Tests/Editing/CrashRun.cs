namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// Writes sectors at random, cuts the power at every change of the file, and looks at what is left: it must open, check
/// without corruption, and hold in every sector what was flushed last or something that was written there since.
/// </summary>
internal sealed class CrashRun(DiskImageFormat format, byte[] emptyImage, int seed)
{
    private const int Sector = 512;

    private readonly List<(int Moment, Dictionary<int, List<byte>> Versions)> _history = [];

    /// <param name="open">Opens the image on a device.</param>
    /// <param name="operations">Writes, zeroings and flushes to do.</param>
    /// <param name="cutsPerMoment">How many reordered power cuts are tried at each moment, besides the one without reordering.</param>
    public void Run(Func<BlockDevice, WritableImage> open, int operations, int cutsPerMoment)
    {
        CrashDevice device = new(emptyImage);
        int sectors = Write(device, open, operations);
        Random random = new(seed);
        int phase = 0;
        for (int moment = 0; moment <= device.Count; moment++)
        {
            while (phase + 1 < _history.Count && _history[phase + 1].Moment <= moment)
                phase++;
            for (int cut = 0; cut <= cutsPerMoment; cut++)
                Judge(device.After(moment, cut == 0 ? null : random), _history[phase].Versions, sectors, $"seed {seed}, power cut after change {moment} of {device.Count}, try {cut}");
        }
    }

    /// <summary>Every sector of the disk is full of one byte, so that its content has a short name. Returns how many there are.</summary>
    private int Write(CrashDevice device, Func<BlockDevice, WritableImage> open, int operations)
    {
        Random random = new(seed);
        using ImageEditor editor = new(open(device));
        int sectors = (int)(editor.Length / Sector);
        byte[] now = new byte[sectors];
        Dictionary<int, List<byte>> versions = [];
        _history.Add((0, versions));
        for (int i = 0; i < operations; i++)
        {
            int start = random.Next(sectors);
            int count = Math.Min(random.Next(1, 40), sectors - start);
            switch (random.Next(10))
            {
                case 0:
                    editor.Flush();
                    // From this moment on the flushed state is the oldest that may be seen.
                    versions = Enumerable.Range(0, sectors).ToDictionary(sector => sector, sector => new List<byte> { now[sector] });
                    _history.Add((device.Count, versions));
                    break;
                case 1 or 2:
                    Remember(start, count, 0);
                    editor.Zero(new GuestOffset(start * Sector), count * Sector, free: random.Next(2) == 0);
                    break;
                default:
                    byte value = (byte)random.Next(1, 256);
                    Remember(start, count, value);
                    byte[] data = new byte[count * Sector];
                    Array.Fill(data, value);
                    editor.Write(new GuestOffset(start * Sector), data);
                    break;
            }
        }

        editor.Close();
        return sectors;

        void Remember(int start, int count, byte value)
        {
            for (int sector = start; sector < start + count; sector++)
            {
                if (!versions.TryGetValue(sector, out List<byte>? known))
                    versions[sector] = known = [0];
                known.Add(value);
                now[sector] = value;
            }
        }
    }

    private void Judge(byte[] bytes, Dictionary<int, List<byte>> versions, int sectors, string what)
    {
        byte[] disk = new byte[sectors * Sector];
        try
        {
            using DiskImage image = ImageFormats.Open(new MemoryBlockDevice("crashed.img", bytes), new ImageOpenOptions { Format = format });
            new ImageReader(image).Read(default, disk);
        }
        catch (StorageException error)
        {
            Assert.Fail($"{what}: {error.Message}");
        }

        using MemoryBlockDevice device = new("crashed.img", bytes);
        CheckFinding? corrupt = ImageFormats.Get(format).Check(device, deep: true, new WorkProgress(), CancellationToken.None)
            .FirstOrDefault(finding => finding.Severity == CheckSeverity.Corruption);
        Assert.True(corrupt is null, $"{what}: {corrupt?.Field} at {corrupt?.Offset}: {corrupt?.Message}");
        for (int sector = 0; sector < sectors; sector++)
        {
            ReadOnlySpan<byte> content = disk.AsSpan(sector * Sector, Sector);
            bool whole = !content.ContainsAnyExcept(content[0]);
            bool known = versions.TryGetValue(sector, out List<byte>? values) ? values.Contains(content[0]) : content[0] == 0;
            Assert.True(whole && known, $"{what}: sector {sector} holds {content[0]}, not one of {string.Join(", ", values ?? [0])}");
        }
    }
}
