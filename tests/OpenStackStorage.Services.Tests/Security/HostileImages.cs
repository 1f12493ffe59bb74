using System.Buffers.Binary;
using System.Text;
using OpenStackStorage.Disks;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Security;

/// <summary>Images that name a file which a careless reader would open.</summary>
internal static class HostileImages
{
    /// <summary>
    /// A qcow2 image whose data is all in another file: incompatible feature bit 2, autoclear bit 1, header extension
    /// 0x44415441. QEMU, docs/interop/qcow2.rst.
    /// </summary>
    public static byte[] DataFile(string path)
    {
        byte[] image = Samples.DataFile();
        image[95] |= 2; // autoclear_features: the data file is raw
        int at = (int)BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(100)); // header_length
        byte[] name = Encoding.UTF8.GetBytes(path);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(at), 0x44415441);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(at + 4), (uint)name.Length);
        Span<byte> rest = image.AsSpan(at + 8, 1024);
        rest.Clear();
        name.CopyTo(rest);
        return image;
    }

    /// <summary>A qcow2 image on a backing file of format raw.</summary>
    public static byte[] BackedBy(string path)
    {
        byte[] image = Samples.BackedBy(path);
        int at = (int)BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(100));
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(at), 0xE2792ACA);
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(at + 4), 3);
        image.AsSpan(at + 8, 16).Clear();
        "raw"u8.CopyTo(image.AsSpan(at + 8));
        return image;
    }

    /// <summary>The descriptor alone, and a sparse image that holds it.</summary>
    public static byte[][] Vmdks(string path) =>
    [
        Samples.VmdkText("monolithicFlat", $"FLAT \"{path}\" 0"),
        Samples.VmdkSparse("monolithicFlat", $"FLAT \"{path}\" 0"),
        Samples.VmdkSparse("monolithicSparse", $"SPARSE \"{path}\""),
    ];

    /// <summary>A sound qcow2 image whose guest's disk begins with another image.</summary>
    public static byte[] Around(byte[] image)
    {
        byte[] disk = new byte[Math.Max(image.Length, 1 << 20)];
        image.CopyTo(disk, 0);
        return Samples.Qcow2(disk);
    }
}
