namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// Does random things to an image through <see cref="ImageEditor"/> and, beside it, to plain bytes. Whatever the image says
/// must be what the bytes are. A format adds what it alone can by <see cref="More"/>.
/// </summary>
internal sealed partial class EditModel : IDisposable
{
    /// <summary>Steps between two comparisons of the whole disk.</summary>
    private const int WholeEvery = 250;

    /// <summary>Random bytes: to take a piece of them costs far less than to make new ones.</summary>
    private static readonly byte[] Noise = MakeNoise();

    private readonly Random _random;
    private readonly Func<ImageEditor> _open;
    private readonly int _unit;
    private byte[] _disk;
    private int _length;
    private byte[] _read = [];

    /// <param name="open">Opens the image again, over the same bytes.</param>
    /// <param name="disk">What the image reads as now.</param>
    /// <param name="unit">The format's unit of allocation: many operations start, end or turn there.</param>
    public EditModel(int seed, byte[] disk, int unit, Func<ImageEditor> open)
    {
        _random = new Random(seed);
        _open = open;
        _unit = unit;
        _disk = disk;
        _length = disk.Length;
        Editor = open();
    }

    /// <summary>What the image must read as.</summary>
    public Span<byte> Disk => _disk.AsSpan(0, _length);

    public ImageEditor Editor { get; private set; }

    public Random Random => _random;

    /// <summary>True when nothing is behind the image any more.</summary>
    public bool StandsAlone { get; private set; }

    /// <summary>Sizes that the disk may be changed to; null where the format can't.</summary>
    public (int Minimum, int Maximum, int Unit)? Sizes { get; init; }

    /// <summary>Opens the image to read it only.</summary>
    public required Func<DiskImage> OpenToRead { get; init; }

    /// <summary>The format's own operations.</summary>
    public IReadOnlyList<Action<EditModel>> More { get; init; } = [];

    /// <summary>Does a number of operations and closes the image. Returns what it reads as.</summary>
    public byte[] Run(int operations)
    {
        for (int i = 1; i <= operations; i++)
        {
            Step();
            if (i % WholeEvery == 0)
                Compare(0, Disk.Length);
        }

        Compare(0, Disk.Length);
        Reopen();
        Compare(0, Disk.Length);
        Assert.Equal(Disk.Length, Editor.Length);
        Editor.Close();
        Editor.Dispose();
        CompareAsReader();
        return Disk.ToArray();
    }

    public void Reopen()
    {
        Editor.Close();
        Editor.Dispose();
        if (_random.Next(16) == 0)
            CompareAsReader();
        Editor = _open();
    }

    /// <summary>Says that the image reads as something else now.</summary>
    public void Become(ReadOnlySpan<byte> disk)
    {
        SetLength(disk.Length);
        disk.CopyTo(Disk);
    }

    /// <summary>Puts one of some images behind this one, which are known to be of its format; seldom none, and then for good.</summary>
    public void Rebase((string Name, byte[] Bytes)[] parents)
    {
        if (StandsAlone)
            return;
        StandsAlone = _random.Next(100) == 0;
        if (StandsAlone)
        {
            Rebase(null, null);
            return;
        }

        (string name, byte[] bytes) = parents[_random.Next(parents.Length)];
        using DiskImage parent = ImageFormats.Open(new MemoryBlockDevice(name, bytes), new ImageOpenOptions());
        Rebase(name, parent);
    }

    /// <summary>Puts another image behind this one, or none: the disk stays what it is.</summary>
    public void Rebase(string? name, DiskImage? backing)
    {
        ImageRebase.Rebase(Editor, name, backing, 1, new WorkProgress(), CancellationToken.None);
        Reopen();
    }

    public void Dispose() => Editor.Dispose();

    private void Step()
    {
        int kind = _random.Next(100);
        (int offset, int length) = Range();
        switch (kind)
        {
            case < 45:
                Write(Editor, offset, length);
                break;
            case < 60:
                Zero(Editor, offset, length);
                break;
            case < 85:
                Compare(offset, length);
                break;
            case < 90:
                Editor.Flush();
                break;
            case < 92:
                Reopen();
                break;
            case < 94 when Sizes is not null:
                Resize(RandomSize());
                break;
            case < 95 when Disk.Length > 0:
                Merge();
                break;
            default:
                if (More.Count > 0)
                    More[_random.Next(More.Count)](this);
                break;
        }

        if (kind < 60)
            CompareAround(offset, length);
    }

    private void Write(ImageEditor editor, int offset, int length)
    {
        Span<byte> data = Disk.Slice(offset, length);
        if (_random.Next(8) == 0) // now and then zeroes, written as data
            data.Clear();
        else
            TakeNoise(data);
        editor.Write(new GuestOffset(offset), data);
    }

    private void Zero(ImageEditor editor, int offset, int length)
    {
        Disk.Slice(offset, length).Clear();
        editor.Zero(new GuestOffset(offset), length, free: _random.Next(2) == 0);
    }

    private int RandomSize()
    {
        (int minimum, int maximum, int unit) = Sizes!.Value;
        return _random.Next(minimum / unit, (maximum / unit) + 1) * unit;
    }

    /// <summary>Changes the size, and now and then reserves the new space.</summary>
    private void Resize(int size)
    {
        int old = _length;
        Editor.Resize(size);
        SetLength(size);
        Preallocation preallocation = (Preallocation)_random.Next((int)Preallocation.Full + 1);
        if (size > old && _random.Next(2) == 0)
            Editor.Preallocate(new GuestOffset(old), size - old, preallocation, new WorkProgress(), CancellationToken.None);
        CompareAround(Math.Min(old, size), Math.Max(0, size - old));
    }

    private void SetLength(int size)
    {
        if (size > _disk.Length)
            Array.Resize(ref _disk, size);
        if (size > _length)
            _disk.AsSpan(_length, size - _length).Clear();
        _length = size;
    }

    /// <summary>Mostly small, now and then over many units; at any byte, at sectors, at the unit's edges, and whole clusters.</summary>
    private (int Offset, int Length) Range()
    {
        if (Disk.Length == 0)
            return (0, 0);
        int grain = _random.Next(100) switch { < 33 => 1, < 66 => 512, < 99 => _unit, _ => Editor.Image.ClusterSize };
        int offset = _random.Next(Disk.Length) / grain * grain;
        int longest = _random.Next(100) switch { 0 => Disk.Length, < 10 => 16 * _unit, _ => 3 * _unit };
        int length = _random.Next(1, longest + 1);
        length = Math.Max(grain, length / grain * grain);
        return (offset, Math.Min(length, Disk.Length - offset));
    }

    /// <summary>Compares what was changed, and what lies beside it.</summary>
    private void CompareAround(int offset, int length)
    {
        int beside = Math.Min(_unit, 4096);
        int start = Math.Max(0, offset - beside);
        Compare(start, Math.Min(Disk.Length, offset + length + beside) - start);
    }

    private void Compare(int offset, int length) => Compare(Editor, offset, length);

    /// <summary>Compares what others get to read, who open the image without changing it.</summary>
    private void CompareAsReader()
    {
        using DiskImage image = OpenToRead();
        Assert.Equal(_length, image.VirtualSize);
        Compare(new ImageReader(image), 0, _length);
    }

    private void Compare(IGuestReader reader, int offset, int length)
    {
        if (_read.Length < length)
            _read = new byte[length];
        Span<byte> read = _read.AsSpan(0, length);
        read.Fill(0xA5); // what is not read at all differs
        reader.Read(new GuestOffset(offset), read);
        int same = read.CommonPrefixLength(Disk.Slice(offset, length));
        if (same != length)
            Assert.Fail($"guest byte {offset + same} of {Disk.Length} differs in a read of {length} at {offset}");
    }

    private void TakeNoise(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            int start = _random.Next(Noise.Length);
            int length = Math.Min(target.Length, Noise.Length - start);
            Noise.AsSpan(start, length).CopyTo(target);
            target = target[length..];
        }
    }

    private static byte[] MakeNoise()
    {
        byte[] noise = new byte[1 << 20];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
