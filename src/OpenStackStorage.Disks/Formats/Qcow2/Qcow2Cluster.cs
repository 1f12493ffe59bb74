using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// What an L2 entry says of its guest cluster, in one shape for all images: without extended L2 entries a cluster is its own
/// only subcluster. Source: qcow2.rst, "Cluster mapping" and "Extended L2 Entries".
/// </summary>
/// <param name="Host">Where the host cluster starts, if there is one.</param>
/// <param name="HasHost">Whether there is one: in a data file 0 is a place like any other.</param>
/// <param name="Copied">Bit 63: the refcount of the host cluster is exactly one.</param>
/// <param name="Allocated">A bit for each subcluster that is read from the host cluster.</param>
/// <param name="Zeroes">A bit for each subcluster that reads as zeroes. In neither mask: the backing file shows through.</param>
/// <param name="Compressed">The whole entry of a compressed cluster; 0 for all others.</param>
internal readonly record struct Qcow2Cluster(long Host, bool HasHost, bool Copied, uint Allocated, uint Zeroes, ulong Compressed = 0)
{
    public bool IsCompressed => Compressed != 0;

    /// <summary>True when nothing of the cluster is in this image.</summary>
    public bool IsAbsent => !HasHost && !IsCompressed && Zeroes == 0;

    /// <summary>Decodes; nothing is judged.</summary>
    public static Qcow2Cluster Parse(ReadOnlySpan<byte> table, int index, in Qcow2Header header)
    {
        ReadOnlySpan<byte> bytes = table[(index * header.L2EntrySize)..];
        ulong entry = BinaryPrimitives.ReadUInt64BigEndian(bytes); // bytes 0-7
        if ((entry & Qcow2Entry.Compressed) != 0)
            return new Qcow2Cluster(0, false, false, 0, 0, entry);
        long host = (long)(entry & Qcow2Entry.OffsetMask);
        bool copied = (entry & Qcow2Entry.Copied) != 0;
        bool hasHost = host != 0 || (copied && header.Incompatible.HasFlag(Qcow2Incompatible.ExternalDataFile));
        if (header.ExtendedL2)
        {
            ulong bitmap = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]); // bytes 8-15
            return new Qcow2Cluster(host, hasHost, copied, (uint)bitmap, (uint)(bitmap >> 32));
        }

        uint zeroes = (uint)(entry & Qcow2Entry.ReadsAsZero);
        return new Qcow2Cluster(host, hasHost, copied, hasHost ? 1 - zeroes : 0, zeroes);
    }

    public void WriteTo(Span<byte> table, int index, in Qcow2Header header)
    {
        Span<byte> bytes = table[(index * header.L2EntrySize)..];
        ulong entry = Compressed;
        if (!IsCompressed)
            entry = (HasHost ? (ulong)Host : 0) | (Copied ? Qcow2Entry.Copied : 0) | (header.ExtendedL2 ? 0 : Zeroes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, entry);
        if (header.ExtendedL2)
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Allocated | ((ulong)Zeroes << 32));
    }
}
