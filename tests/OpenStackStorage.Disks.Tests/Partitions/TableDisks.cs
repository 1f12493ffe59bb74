using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A guest's disk over an array.</summary>
internal sealed class ArrayReader(byte[] bytes) : IGuestReader
{
    public long Length => bytes.Length;

    public void Read(GuestOffset offset, Span<byte> buffer)
    {
        if (offset.Value < 0 || offset.Value > bytes.Length - buffer.Length)
            throw new StorageException(ErrorIds.ReadFailed, $"{buffer.Length} bytes at {offset.Value} of {bytes.Length}.");
        bytes.AsSpan((int)offset.Value, buffer.Length).CopyTo(buffer);
    }
}

/// <summary>A guest's disk over a file: raw.</summary>
internal sealed class FileReader(string path) : IGuestReader, IDisposable
{
    private readonly FileBlockDevice _file = FileBlockDevice.OpenRead(path);

    public long Length => _file.Length;

    public void Read(GuestOffset offset, Span<byte> buffer) => _file.Read(new HostOffset(offset.Value), buffer);

    public void Dispose() => _file.Dispose();
}

/// <summary>Disks made by hand.</summary>
internal static class TableDisks
{
    public static readonly Guid LinuxType = new("0fc63daf-8483-4772-8e79-3d69d8477de4");
    public static readonly Guid DiskGuid = new("11111111-2222-3333-4444-555555555555");

    private const int Sector = 512;

    /// <summary>Writes a 16-byte record: indicator, CHS (left zero), type, CHS, start, size.</summary>
    public static void PutRecord(byte[] disk, int sector, int index, byte type, uint start, uint size, byte indicator = 0)
    {
        Span<byte> record = disk.AsSpan((sector * Sector) + 446 + (index * 16), 16);
        record[0] = indicator;
        record[4] = type;
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], start);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], size);
        disk[(sector * Sector) + 510] = 0x55;
        disk[(sector * Sector) + 511] = 0xAA;
    }

    /// <summary>
    /// 256 KiB, 512 sectors: primary 1 (sectors 8-39, active), an extended partition 2 (sectors 64-255) with
    /// logicals 5 (72-103) and 6 (136-167), and primary 3 (sectors 300-511).
    /// </summary>
    public static byte[] Mbr()
    {
        byte[] disk = new byte[512 * Sector];
        BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(440), 0x4D2AC1F0);
        PutRecord(disk, 0, 0, 0x83, 8, 32, indicator: 0x80);
        PutRecord(disk, 0, 1, 0x05, 64, 192);
        PutRecord(disk, 0, 2, 0x82, 300, 212);
        PutRecord(disk, 64, 0, 0x83, 8, 32);    // from sector 64
        PutRecord(disk, 64, 1, 0x05, 64, 64);   // the next link, from sector 64: sector 128
        PutRecord(disk, 128, 0, 0x8E, 8, 32);   // from sector 128
        return disk;
    }

    /// <summary>
    /// 512 KiB at 512-byte sectors: 128 entries of 128 bytes; partition 1 (2048 bytes behind the first usable sector, 100 sectors)
    /// named "root", and partition 3 (100 sectors, legacy bootable) named "ünï".
    /// </summary>
    public static byte[] Gpt(int sector = Sector, int sectors = 1024)
    {
        byte[] disk = new byte[sector * sectors];
        int arraySectors = 128 * 128 / sector;
        int first = 2 + arraySectors;
        PutRecord(disk, 0, 0, 0xEE, 1, (uint)sectors - 1);
        byte[] entries = new byte[128 * 128];
        PutEntry(entries, 0, LinuxType, 1, (ulong)first + 4, (ulong)first + 103, 0, "root");
        PutEntry(entries, 2, new Guid("c12a7328-f81f-11d2-ba4b-00a0c93ec93b"), 3, (ulong)first + 200, (ulong)first + 299, 4, "ünï");
        PutEntries(disk, entries, sector);
        return disk;
    }

    public static void PutEntry(Span<byte> entries, int index, Guid type, byte id, ulong start, ulong end, ulong attributes = 0, string name = "")
    {
        Span<byte> entry = entries.Slice(index * 128, 128);
        type.TryWriteBytes(entry);
        entry[16] = id; // the unique GUID 000000id-0000-...
        BinaryPrimitives.WriteUInt64LittleEndian(entry[32..], start);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[40..], end);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[48..], attributes);
        Encoding.Unicode.GetBytes(name, entry[56..]);
    }

    /// <summary>Writes both arrays of entries and both headers.</summary>
    public static void PutEntries(byte[] disk, byte[] entries, int sector = Sector)
    {
        int last = (disk.Length / sector) - 1;
        int arraySectors = entries.Length / sector;
        entries.CopyTo(disk, 2 * sector);
        entries.CopyTo(disk, (last - arraySectors) * sector);
        foreach ((int my, int other, int array) in ((int, int, int)[])[(1, last, 2), (last, 1, last - arraySectors)])
        {
            Span<byte> header = disk.AsSpan(my * sector, sector);
            "EFI PART"u8.CopyTo(header);
            BinaryPrimitives.WriteUInt32LittleEndian(header[8..], 0x00010000);
            BinaryPrimitives.WriteUInt32LittleEndian(header[12..], 92);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)my);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)other);
            BinaryPrimitives.WriteUInt64LittleEndian(header[40..], (ulong)(2 + arraySectors));
            BinaryPrimitives.WriteUInt64LittleEndian(header[48..], (ulong)(last - arraySectors - 1));
            DiskGuid.TryWriteBytes(header[56..]);
            BinaryPrimitives.WriteUInt64LittleEndian(header[72..], (ulong)array);
            BinaryPrimitives.WriteUInt32LittleEndian(header[80..], (uint)(entries.Length / 128));
            BinaryPrimitives.WriteUInt32LittleEndian(header[84..], 128);
            BinaryPrimitives.WriteUInt32LittleEndian(header[88..], Crc32.Compute(entries));
            Seal(header);
        }
    }

    /// <summary>Gives a header the checksum of its content.</summary>
    public static void Seal(Span<byte> header)
    {
        int size = Math.Clamp((int)BinaryPrimitives.ReadUInt32LittleEndian(header[12..]), 92, header.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32.Compute(header[..size]));
    }
}
