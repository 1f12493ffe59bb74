namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// Does random things to an image through <see cref="ImageEditor"/> and, beside it, to plain bytes. Whatever the image says
/// must be what the bytes are. A format adds what it alone can by <see cref="More"/>.
/// </summary>
internal sealed class EditModel : IDisposable
{
    private readonly Random _random;
    private readonly Func<ImageEditor> _open;
    private readonly int _unit;

    /// <param name="open">Opens the image again, over the same bytes.</param>
    /// <param name="disk">What the image reads as now.</param>
    /// <param name="unit">The format's unit of allocation: many operations start, end or turn there.</param>
    public EditModel(int seed, byte[] disk, int unit, Func<ImageEditor> open)
    {
        _random = new Random(seed);
        _open = open;
        _unit = unit;
        Disk = disk;
        Editor = open();
    }

    public byte[] Disk { get; set; }

    public ImageEditor Editor { get; set; }

    public Random Random => _random;

    /// <summary>Sizes that the disk may be changed to; empty where the format can't.</summary>
    public (int Minimum, int Maximum, int Unit)? Sizes { get; init; }

    /// <summary>The format's own operations.</summary>
    public IReadOnlyList<Action<EditModel>> More { get; init; } = [];

    public void Run(int operations)
    {
        for (int i = 0; i < operations; i++)
            Step();
        Compare(0, Disk.Length);
        Reopen();
        Compare(0, Disk.Length);
        Assert.Equal(Disk.Length, Editor.Length);
    }

    public void Reopen()
    {
        Editor.Close();
        Editor.Dispose();
        Editor = _open();
    }

    public void Dispose() => Editor.Dispose();

    /// <summary>Changes an image that may be malformed: nothing but a <see cref="StorageException"/> may come of it.</summary>
    public static void Abuse(Func<WritableImage> open, Random random)
    {
        const int MostBytes = 16 << 20; // of a malformed image's blocks, which would be held in memory
        try
        {
            using ImageEditor editor = new(open());
            if (editor.Image.ClusterSize > MostBytes || editor.Length == 0)
                return;
            int length = (int)Math.Min(editor.Length, 100_000);
            GuestOffset start = new(random.NextInt64(editor.Length - length + 1));
            editor.Write(start, new byte[length]);
            editor.Zero(start, length, free: true);
            editor.Flush();
            editor.Write(start, new byte[length]);
            editor.Resize(Math.Min(editor.Length * 2, MostBytes));
            editor.Close();
        }
        catch (StorageException)
        {
            // refused by name
        }
    }

    private void Step()
    {
        int kind = _random.Next(100);
        (int offset, int length) = Range();
        switch (kind)
        {
            case < 45:
                byte[] data = new byte[length];
                if (_random.Next(8) != 0) // now and then zeroes, written as data
                    _random.NextBytes(data);
                Editor.Write(new GuestOffset(offset), data);
                data.CopyTo(Disk, offset);
                break;
            case < 60:
                Editor.Zero(new GuestOffset(offset), length, free: _random.Next(2) == 0);
                Disk.AsSpan(offset, length).Clear();
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
            case < 94 when Sizes is { } sizes:
                Resize(_random.Next(sizes.Minimum / sizes.Unit, (sizes.Maximum / sizes.Unit) + 1) * sizes.Unit);
                break;
            default:
                if (More.Count > 0)
                    More[_random.Next(More.Count)](this);
                break;
        }
    }

    public void Resize(int size)
    {
        Editor.Resize(size);
        byte[] disk = new byte[size];
        Disk.AsSpan(0, Math.Min(size, Disk.Length)).CopyTo(disk);
        Disk = disk;
    }

    /// <summary>Mostly small, now and then over many units; at any byte, at sectors, and at the unit's edges.</summary>
    private (int Offset, int Length) Range()
    {
        if (Disk.Length == 0)
            return (0, 0);
        int grain = _random.Next(3) switch { 0 => 1, 1 => 512, _ => _unit };
        int offset = _random.Next(Disk.Length) / grain * grain;
        int longest = _random.Next(10) == 0 ? Disk.Length : 3 * _unit;
        int length = _random.Next(1, longest + 1);
        length = Math.Max(1, length / grain * grain);
        return (offset, Math.Min(length, Disk.Length - offset));
    }

    private void Compare(int offset, int length)
    {
        byte[] read = new byte[length];
        Editor.Read(new GuestOffset(offset), read);
        int same = read.AsSpan().CommonPrefixLength(Disk.AsSpan(offset, length));
        Assert.True(same == length, $"guest byte {offset + same} of {Disk.Length} differs in a read of {length} at {offset}");
    }
}
