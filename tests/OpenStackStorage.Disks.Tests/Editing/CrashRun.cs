namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// Writes sectors at random, cuts the power at every change of the file, and looks at what is left: it must open, check
/// without corruption, and hold in every sector what was flushed last or something that was written there since.
/// </summary>
/// <param name="image">The file at first.</param>
internal sealed class CrashRun(DiskImageFormat format, byte[] image, int seed) : IDisposable
{
    public const int Sector = 512;

    /// <summary>What may be seen from a moment on: contents of each sector, and sizes.</summary>
    private readonly List<(int Moment, State State)> _history = [];
    private readonly Random _random = new(seed);
    private readonly CrashDevice _device = new(image);

    /// <summary>How the image is opened for reading after a power cut.</summary>
    public ImageOpenOptions Options { get; init; } = new() { Format = format };

    /// <summary>One byte for each sector of the disk at first; null where all is zero.</summary>
    public byte[]? Content { get; init; }

    /// <summary>The format's own operations. Whoever adds some changes <see cref="Now"/> by <see cref="Become"/>.</summary>
    public IReadOnlyList<Action<CrashRun>> More { get; init; } = [];

    /// <summary>Findings of the check that a format heals by itself; none as a rule.</summary>
    public Predicate<CheckFinding> Tolerated { get; init; } = _ => false;

    /// <summary>The disk, one byte for each sector: each sector is full of one byte, so that its content has a short name.</summary>
    public byte[] Now { get; private set; } = [];

    public Random Random => _random;

    public ImageEditor Editor { get; private set; } = null!;

    private State Seen => _history[^1].State;

    /// <param name="open">Opens the image on a device.</param>
    /// <param name="operations">Writes, zeroings and flushes to do.</param>
    /// <param name="cutsPerMoment">How many reordered power cuts are tried at each moment, besides the one without reordering.</param>
    public void Run(Func<BlockDevice, WritableImage> open, int operations, int cutsPerMoment)
    {
        Write(open, operations);
        Random random = new(seed);
        int phase = 0;
        for (int moment = 0; moment <= _device.Count; moment++)
        {
            while (phase + 1 < _history.Count && _history[phase + 1].Moment <= moment)
                phase++;
            for (int cut = 0; cut <= cutsPerMoment; cut++)
                Judge(_device.After(moment, cut == 0 ? null : random), _history[phase].State, $"seed {seed}, power cut after change {moment} of {_device.Count}, try {cut}");
        }
    }

    public void Dispose() => _device.Dispose();

    /// <summary>Does what takes effect at once, such as another size: before it ends either state may be seen, and then only the new one.</summary>
    public void Become(byte[] disk, Action change)
    {
        Seen.Sizes.Add(disk.Length);
        for (int sector = 0; sector < disk.Length; sector++)
            Seen.Add(sector, disk[sector]);
        change();
        Now = disk;
        Flushed();
    }

    /// <summary>Writes sectors that are full of one byte.</summary>
    public void Fill(int start, int count, byte value)
    {
        Remember(start, count, value);
        byte[] data = new byte[count * Sector];
        Array.Fill(data, value);
        Editor.Write(new GuestOffset(start * Sector), data);
    }

    /// <summary>Gives sectors back.</summary>
    public void Zero(int start, int count)
    {
        Remember(start, count, 0);
        Editor.Zero(new GuestOffset(start * Sector), count * Sector, free: true);
    }

    private void Write(Func<BlockDevice, WritableImage> open, int operations)
    {
        Editor = new ImageEditor(open(_device));
        Now = Content ?? new byte[(int)(Editor.Length / Sector)];
        Flushed();
        for (int i = 0; i < operations; i++)
        {
            int start = _random.Next(Now.Length);
            int count = Math.Min(_random.Next(1, 40), Now.Length - start);
            switch (_random.Next(10))
            {
                case 0:
                    Editor.Flush();
                    Flushed();
                    break;
                case 1 or 2:
                    Remember(start, count, 0);
                    Editor.Zero(new GuestOffset(start * Sector), count * Sector, free: _random.Next(2) == 0);
                    break;
                case 3 when More.Count > 0:
                    More[_random.Next(More.Count)](this);
                    break;
                default:
                    Fill(start, count, (byte)_random.Next(1, 256));
                    break;
            }
        }

        Editor.Close();
        Flushed();
        Editor.Dispose();
    }

    private void Remember(int start, int count, byte value)
    {
        for (int sector = start; sector < start + count; sector++)
        {
            Seen.Add(sector, value);
            Now[sector] = value;
        }
    }

    /// <summary>From this moment on the state of now is the oldest that may be seen.</summary>
    private void Flushed() => _history.Add((_device.Count, new State(Now)));

    private void Judge(byte[] bytes, State state, string what)
    {
        byte[] disk = [];
        try
        {
            using DiskImage opened = ImageFormats.Open(new MemoryBlockDevice("crashed.img", bytes), Options);
            disk = new byte[opened.VirtualSize];
            new ImageReader(opened).Read(default, disk);
        }
        catch (StorageException error)
        {
            Assert.Fail($"{what}: {error.Message}");
        }

        using MemoryBlockDevice device = new("crashed.img", bytes);
        CheckFinding? corrupt = ImageFormats.Get(format).Check(device, deep: true, new WorkProgress(), CancellationToken.None)
            .FirstOrDefault(finding => finding.Severity == CheckSeverity.Corruption && !Tolerated(finding));
        Assert.True(corrupt is null, $"{what}: {corrupt?.Field} at {corrupt?.Offset}: {corrupt?.Message}");
        Assert.True(state.Sizes.Contains(disk.Length / Sector), $"{what}: the disk has {disk.Length / Sector} sectors");
        for (int sector = 0; sector < disk.Length / Sector; sector++)
        {
            ReadOnlySpan<byte> content = disk.AsSpan(sector * Sector, Sector);
            bool whole = !content.ContainsAnyExcept(content[0]);
            Assert.True(whole && state.Knows(sector, content[0]), $"{what}: sector {sector} holds {content[0]}, not one of {state.Describe(sector)}");
        }
    }

    /// <summary>What each sector may hold.</summary>
    private sealed class State(byte[] disk)
    {
        private readonly byte[] _disk = (byte[])disk.Clone();
        private readonly Dictionary<int, List<byte>> _later = [];

        public HashSet<int> Sizes { get; } = [disk.Length];

        public void Add(int sector, byte value)
        {
            if (!_later.TryGetValue(sector, out List<byte>? values))
                _later[sector] = values = [];
            values.Add(value);
        }

        public bool Knows(int sector, byte value) =>
            (sector < _disk.Length && _disk[sector] == value) || (_later.TryGetValue(sector, out List<byte>? values) && values.Contains(value));

        public string Describe(int sector) =>
            string.Join(", ", (sector < _disk.Length ? [_disk[sector]] : Array.Empty<byte>()).Concat(_later.GetValueOrDefault(sector) ?? []));
    }
}
