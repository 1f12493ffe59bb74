using System.Buffers.Binary;
using System.IO.Compression;

namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// A valid qcow2 image in memory, made by our writer, whose fields are then patched by hand. The disk is 4 MiB with data
/// in two places, so that with clusters of 4 KiB there are two L2 tables.
/// </summary>
internal sealed class Qcow2TestImage
{
    public const int DiskSize = 4 << 20;
    public const int SecondData = 2 << 20;

    private Qcow2TestImage(byte[] bytes, byte[] disk) => (Bytes, Disk) = (bytes, disk);

    public byte[] Bytes { get; private set; }

    /// <summary>What the guest sees, before anything is patched.</summary>
    public byte[] Disk { get; }

    public Qcow2Header Header => Qcow2Header.Parse(Bytes);

    public int ClusterSize => Header.ClusterSize;

    public long L1 => (long)Header.L1TableOffset;

    public long RefcountTable => (long)Header.RefcountTableOffset;

    /// <summary>Where the first header extension starts.</summary>
    public int Extensions => (int)Header.HeaderLength;

    public static Qcow2TestImage Create(
        int clusterSize = 4096, bool compress = false, CompressionType type = CompressionType.Zlib, string? subFormat = null, byte[]? disk = null, params (string Name, string Value)[] options)
    {
        if (disk is null)
        {
            disk = new byte[DiskSize];
            for (int i = 0; i < 65536; i++)
                disk[i] = disk[SecondData + i] = (byte)((i / 512) + (i % 13) + 1);
        }

        MemoryBlockDevice target = new("image.qcow2");
        ImageCreateOptions create = new()
        {
            Options = options.ToDictionary(option => option.Name, option => option.Value),
            VirtualSize = disk.Length,
            ClusterSize = clusterSize,
            Compress = compress,
            CompressionType = type,
            SubFormat = subFormat,
        };
        using RawImage source = new(new MemoryBlockDevice("disk.raw", (byte[])disk.Clone()));
        using ImageWriter writer = ImageFormats.Get(DiskImageFormat.Qcow2).Create(target, create);
        new ImageCopy(new ImageReader(source), backing: null, writer, new WorkProgress()).Run(1, CancellationToken.None);
        writer.Finish();
        return new Qcow2TestImage(target.ToArray(), disk);
    }

    public uint Get32(long offset) => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan((int)offset));

    public ulong Get64(long offset) => BinaryPrimitives.ReadUInt64BigEndian(Bytes.AsSpan((int)offset));

    public void Set32(long offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Bytes.AsSpan((int)offset), value);

    public void Set64(long offset, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Bytes.AsSpan((int)offset), value);

    /// <summary>Where the L2 table of an L1 entry starts.</summary>
    public long L2Table(int index) => (long)(Get64(L1 + (index * 8L)) & Qcow2Entry.OffsetMask);

    /// <summary>Where the L2 entry of a guest cluster is.</summary>
    public long L2Entry(int guestCluster) =>
        L2Table(guestCluster / Header.L2Entries) + (guestCluster % Header.L2Entries * (long)Header.L2EntrySize);

    /// <summary>Adds whole clusters to the file's end, with the refcount 1; returns where they start.</summary>
    public long Append(params byte[] content)
    {
        long start = AppendUncounted(content);
        for (long cluster = start / ClusterSize; cluster < Bytes.Length / ClusterSize; cluster++)
            SetRefcount(cluster, 1);
        return start;
    }

    /// <summary>Adds whole clusters to the file's end and leaves their refcounts; returns where they start.</summary>
    public long AppendUncounted(byte[] content)
    {
        int start = Bytes.Length;
        byte[] bytes = new byte[start + ((content.Length + ClusterSize - 1) / ClusterSize * ClusterSize)];
        Bytes.CopyTo(bytes, 0);
        content.CopyTo(bytes, start);
        Bytes = bytes;
        return start;
    }

    public void Truncate(int length) => Bytes = Bytes[..length];

    public void SetRefcount(long cluster, ulong value)
    {
        Qcow2Header header = Header;
        long entries = Qcow2RefcountBlock.Entries(header.ClusterSize, (int)header.RefcountOrder);
        long block = (long)Get64(RefcountTable + (cluster / entries * 8));
        Qcow2RefcountBlock.Set(Bytes.AsSpan((int)block, ClusterSize), cluster % entries, (int)header.RefcountOrder, value);
    }

    /// <summary>Replaces the header extensions by these, with an end marker behind them. Returns where each starts.</summary>
    public int[] SetExtensions(params (uint Type, byte[] Data)[] extensions)
    {
        int at = Extensions;
        Bytes.AsSpan(at, ClusterSize - at).Clear();
        List<int> starts = [];
        foreach ((uint type, byte[] data) in extensions)
        {
            starts.Add(at);
            Set32(at, type);
            Set32(at + 4, (uint)data.Length);
            data.CopyTo(Bytes, at + 8);
            at += 8 + ((data.Length + 7) & ~7);
        }

        return [.. starts];
    }

    public void SetBackingName(string name)
    {
        int at = ClusterSize - 1100;
        Set64(8, (ulong)at);
        Set32(16, (uint)System.Text.Encoding.UTF8.GetBytes(name, Bytes.AsSpan(at)));
    }

    /// <summary>Makes a guest cluster a compressed one with this stored stream; returns where the stream is.</summary>
    public long SetCompressed(int guestCluster, byte[] stream, int? claimedLength = null)
    {
        long host = Append(stream);
        Set64(L2Entry(guestCluster), Qcow2Entry.EncodeCompressed(new HostOffset(host), claimedLength ?? stream.Length, Header.CompressedOffsetBits));
        return host;
    }

    /// <summary>Adds a snapshot of the disk as it is, which shares the L2 tables and the data; returns where its entry is.</summary>
    public long AddSnapshot()
    {
        Qcow2Header header = Header;
        for (int i = 0; i < header.L1Size; i++)
        {
            long table = L2Table(i);
            if (table == 0)
                continue;
            Set64(L1 + (i * 8), (ulong)table);
            SetRefcount(table / ClusterSize, 2);
            for (int index = 0; index < header.L2Entries; index++)
            {
                long at = table + (index * header.L2EntrySize);
                ulong data = Get64(at) & ~Qcow2Entry.Copied;
                Set64(at, data);
                if (data != 0)
                    SetRefcount((long)data / ClusterSize, 2);
            }
        }

        long l1 = Append(Bytes[(int)L1..(int)(L1 + (header.L1Size * 8))]);
        long entry = Append(Fields(
            (ulong)l1, header.L1Size, (ushort)1, (ushort)4, 1_700_000_000u, 0u, 0UL, 0u, 24u, // the fixed 40 bytes
            0UL, header.Size, ulong.MaxValue, // VM state, disk size, icount
            "1", "snap", (byte)0, (byte)0, (byte)0));
        Set64(64, (ulong)entry);
        Set32(60, 1);
        return entry;
    }

    /// <summary>Adds a bitmap of one data cluster; returns where its directory entry and its table are.</summary>
    public (long Entry, long Table) AddBitmap()
    {
        long data = Append(0xFF);
        long table = Append(Fields((ulong)data));
        long entry = Append(Fields((ulong)table, 1u, 0u, (byte)1, (byte)16, (ushort)1, 0u, "b", (byte)0, (ushort)0, 0u));
        SetExtensions((0x23852875, Fields(1u, 0u, 32UL, (ulong)entry)));
        Set64(88, 1);
        return (entry, table);
    }

    /// <summary>Numbers of the given widths, one after the other, big-endian: an on-disk structure by hand.</summary>
    public static byte[] Fields(params object[] fields)
    {
        List<byte> bytes = [];
        foreach (object field in fields)
        {
            byte[] buffer = new byte[8];
            switch (field)
            {
                case byte value:
                    bytes.Add(value);
                    break;
                case ushort value:
                    BinaryPrimitives.WriteUInt16BigEndian(buffer, value);
                    bytes.AddRange(buffer[..2]);
                    break;
                case uint value:
                    BinaryPrimitives.WriteUInt32BigEndian(buffer, value);
                    bytes.AddRange(buffer[..4]);
                    break;
                case ulong value:
                    BinaryPrimitives.WriteUInt64BigEndian(buffer, value);
                    bytes.AddRange(buffer);
                    break;
                case string text:
                    bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(text));
                    break;
                default:
                    throw new ArgumentException($"{field.GetType()} has no width.", nameof(fields));
            }
        }

        return [.. bytes];
    }

    public static byte[] Deflated(byte[] content)
    {
        using MemoryStream stream = new();
        using (DeflateStream deflater = new(stream, CompressionLevel.Optimal, leaveOpen: true))
            deflater.Write(content);
        return stream.ToArray();
    }

    /// <summary>
    /// A zstd frame by hand (RFC 8878): magic, a descriptor without size or checksum, the window descriptor, and one last
    /// block of the type RLE that repeats a byte.
    /// </summary>
    public static byte[] ZstdRun(byte value, int count, int windowLog)
    {
        uint block = ((uint)count << 3) | (1 << 1) | 1;
        return [0x28, 0xB5, 0x2F, 0xFD, 0x00, (byte)((windowLog - 10) << 3), (byte)block, (byte)(block >> 8), (byte)(block >> 16), value];
    }

    public DiskImage Open(OpenGate? gate = null, string? snapshot = null) =>
        ImageFormats.Open(new MemoryBlockDevice("image.qcow2", (byte[])Bytes.Clone()), new ImageOpenOptions { Gate = gate ?? OpenGate.Deny, Snapshot = snapshot });

    /// <summary>Reads the whole disk in pieces; its content when it is of the usual size.</summary>
    public byte[] Read(string? snapshot = null)
    {
        using DiskImage image = Open(snapshot: snapshot);
        ImageReader reader = new(image);
        byte[] disk = new byte[Math.Min(image.VirtualSize, 16 << 20)];
        reader.Read(default, disk);
        return disk;
    }

    public List<CheckFinding> Check(int? window = null)
    {
        using MemoryBlockDevice device = new("image.qcow2", (byte[])Bytes.Clone());
        return window is { } clusters
            ? [.. new Qcow2Checker(device, Qcow2Format.ReadHeader(device), clusters).Run(deep: true, new WorkProgress(), CancellationToken.None)]
            : [.. ImageFormats.Get(DiskImageFormat.Qcow2).Check(device, deep: true, new WorkProgress(), CancellationToken.None)];
    }
}
