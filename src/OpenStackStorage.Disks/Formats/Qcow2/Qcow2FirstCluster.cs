using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>
/// Changes what stands behind the header in the first cluster: extensions and the backing file's name. The first sector
/// decides which of it counts, and is written as a whole; all else is written before that, to where nothing counts.
/// Source: qcow2.rst, "Header extensions".
/// </summary>
internal sealed class Qcow2FirstCluster
{
    private const int Sector = 512;
    private const int EndLength = 8;

    private readonly BlockDevice _file;
    private readonly Action _barrier;
    private readonly byte[] _cluster;
    private readonly List<(uint Type, byte[] Bytes)> _extensions = [];
    private Qcow2Header _header;

    /// <param name="barrier">Waits until all that was written is on stable storage.</param>
    public Qcow2FirstCluster(BlockDevice file, in Qcow2Header header, Action barrier)
    {
        (_file, _header, _barrier) = (file, header, barrier);
        _cluster = new byte[header.ClusterSize];
        file.ReadPadded(default, _cluster);
        int end = header.BackingFileOffset != 0 ? (int)header.BackingFileOffset : _cluster.Length;
        for (int at = (int)header.HeaderLength; at + EndLength <= end;)
        {
            uint type = BinaryPrimitives.ReadUInt32BigEndian(_cluster.AsSpan(at));
            if (type == Qcow2Extensions.End)
                break;
            int length = 8 + (((int)BinaryPrimitives.ReadUInt32BigEndian(_cluster.AsSpan(at + 4)) + 7) & ~7); // judged when the image was opened
            _extensions.Add((type, _cluster.AsSpan(at, Math.Min(length, end - at)).ToArray()));
            at += length;
        }
    }

    /// <summary>Names another backing file, or none. A power cut leaves the old name and format or the new ones.</summary>
    /// <returns>The header as it is then.</returns>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when there is no room for the name.</exception>
    public Qcow2Header SetBackingFile(string? backingFile, string? format)
    {
        byte[] name = Encoding.UTF8.GetBytes(backingFile ?? "");
        byte[] needed = [.. Format(format), .. Bytes(type => type is not (Qcow2Extensions.BackingFormatType or Qcow2Extensions.FeatureNamesType))];
        byte[] oldNeeded = Bytes(type => type != Qcow2Extensions.FeatureNamesType);
        byte[] featureNames = Bytes(type => type == Qcow2Extensions.FeatureNamesType);
        int start = (int)_header.HeaderLength;
        int neededEnd = start + needed.Length + EndLength;
        if (name.Length > 1023 || Math.Max(neededEnd, start + oldNeeded.Length + EndLength) > Sector)
            throw NoRoom(name);

        // The names of features are a courtesy: where they are in the way, they go.
        int place = FindPlace(name.Length, neededEnd + featureNames.Length);
        if (place < 0)
        {
            featureNames = [];
            place = FindPlace(name.Length, neededEnd);
        }

        if (place < 0)
            throw NoRoom(name);

        if (place >= Sector)
        {
            // The old state first, without what may lie where the new name goes.
            WriteSector(oldNeeded, [], _cluster.AsSpan(start + oldNeeded.Length + EndLength));
            _barrier();
            _file.Write(new HostOffset(place), name);
            _barrier();
        }

        _header = _header with { BackingFileOffset = name.Length == 0 ? 0 : (ulong)place, BackingFileSize = (uint)name.Length };
        byte[] behind = new byte[Sector];
        if (place < Sector)
            name.CopyTo(behind.AsSpan(place - neededEnd));
        WriteSector(needed, [], behind);
        _barrier();
        if (featureNames.Length > 0)
            AddFeatureNames(needed, featureNames, place < Sector ? name : []);
        return _header;
    }

    /// <summary>Where a name fits: behind the extensions, but not over the old name; -1 where it does not.</summary>
    private int FindPlace(int length, int extensionsEnd)
    {
        if (extensionsEnd + length <= Sector)
            return extensionsEnd;
        int place = (Math.Max(extensionsEnd, Sector) + 7) & ~7;
        int oldStart = (int)_header.BackingFileOffset;
        int oldEnd = oldStart + (int)_header.BackingFileSize;
        if (oldStart < place + length && place < oldEnd)
            place = (oldEnd + 7) & ~7;
        return place + length <= _cluster.Length ? place : -1;
    }

    private void AddFeatureNames(byte[] needed, byte[] featureNames, byte[] name)
    {
        int start = (int)_header.HeaderLength;
        byte[] all = [.. needed, .. featureNames, .. new byte[EndLength]];
        int inSector = Sector - start;
        if (all.Length > inSector)
        {
            _file.Write(new HostOffset(Sector), all.AsSpan(inSector));
            _barrier();
        }

        WriteSector(needed, featureNames, name);
        _barrier();
    }

    /// <summary>Writes the first sector: header, extensions, their end, and what is behind it.</summary>
    private void WriteSector(byte[] extensions, byte[] more, ReadOnlySpan<byte> behind)
    {
        byte[] sector = _cluster[..Sector];
        int start = (int)_header.HeaderLength;
        byte[] header = new byte[start];
        _header.WriteTo(header);
        header.AsSpan(0, Math.Min(start, Qcow2Header.MaximumLength)).CopyTo(sector); // fields behind the known ones are none of ours
        Span<byte> area = sector.AsSpan(start);
        byte[] all = [.. extensions, .. more, .. new byte[EndLength], .. behind];
        all.AsSpan(0, Math.Min(all.Length, area.Length)).CopyTo(area);
        if (all.Length < area.Length)
            area[all.Length..].Clear();
        _file.Write(default, sector);
    }

    private byte[] Bytes(Func<uint, bool> which) => [.. _extensions.Where(extension => which(extension.Type)).SelectMany(extension => extension.Bytes)];

    private static byte[] Format(string? name)
    {
        if (name is null)
            return [];
        byte[] bytes = new byte[8 + ((Encoding.UTF8.GetByteCount(name) + 7) & ~7)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Qcow2Extensions.BackingFormatType);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), (uint)Encoding.UTF8.GetBytes(name, bytes.AsSpan(8)));
        return bytes;
    }

    private StorageException NoRoom(byte[] name) =>
        new(ErrorIds.ParameterInvalid, $"'{_file.Path}' has no room in its first cluster of {_cluster.Length} bytes for a backing file's name of {name.Length} bytes; at most 1023 are possible.")
        {
            Target = _file.Path,
        };
}
