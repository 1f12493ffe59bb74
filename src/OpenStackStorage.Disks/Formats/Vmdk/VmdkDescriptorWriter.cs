using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>Makes the descriptor of a new disk. Source: "Virtual Disk Format 5.0", "The Descriptor File".</summary>
internal sealed class VmdkDescriptorWriter
{
    /// <summary>Sectors that a sparse extent keeps for its descriptor; VMware's programs keep as many.</summary>
    public const int EmbeddedSectors = 20;

    private readonly VmdkLayout _layout;
    private readonly IReadOnlyList<ImageFile> _files;

    /// <param name="files">The files of the disk, as <see cref="VmdkLayout.FilesOf"/> names them.</param>
    public VmdkDescriptorWriter(VmdkLayout layout, IReadOnlyList<ImageFile> files)
    {
        (_layout, _files) = (layout, files);
        foreach (ImageFile file in files)
        {
            if (Path.GetFileName(file.Path).Any(character => character == '"' || char.IsControl(character)))
                throw CreateOptions.Invalid($"the file name '{Path.GetFileName(file.Path)}' holds quotes or control characters, which no descriptor can");
        }

        if (!layout.HasDescriptorFile && ToBytes(0).Length >= EmbeddedSectors * VmdkSparseHeader.SectorSize)
            throw CreateOptions.Invalid("the names of the disk and of its parent are too long for the descriptor's 10 KiB");
    }

    /// <summary>Writes the descriptor to its own file.</summary>
    public void WriteFile(uint contentId)
    {
        byte[] text = ToBytes(contentId);
        BlockDevice device = _files[0].Device;
        device.SetLength(text.Length);
        device.Write(default, text);
    }

    public byte[] ToBytes(uint contentId)
    {
        StringBuilder text = new();
        Line("# Disk DescriptorFile");
        Line("version=1");
        Line("encoding=\"UTF-8\"");
        Line($"CID={contentId:x8}");
        Line($"parentCID={_layout.ParentContentId ?? VmdkDescriptor.NoParent:x8}");
        Line($"createType=\"{_layout.TypeName}\"");
        if (_layout.ParentName is { } parent)
            Line($"parentFileNameHint=\"{parent}\"");
        Line("");
        Line("# Extent description");
        IReadOnlyList<long> extents = _layout.Extents;
        for (int i = 0; i < extents.Count; i++)
        {
            string name = Path.GetFileName(_files[_layout.HasDescriptorFile ? i + 1 : i].Path);
            Line($"RW {extents[i] / VmdkSparseHeader.SectorSize} {(_layout.IsFlat ? $"FLAT \"{name}\" 0" : $"SPARSE \"{name}\"")}");
        }

        Line("");
        Line("# The Disk Data Base");
        Line("#DDB");
        Line("");
        Line($"ddb.virtualHWVersion = \"{_layout.HardwareVersion}\"");
        (long cylinders, int heads) = Geometry();
        Line($"ddb.geometry.cylinders = \"{cylinders}\"");
        Line($"ddb.geometry.heads = \"{heads}\"");
        Line("ddb.geometry.sectors = \"63\"");
        Line($"ddb.adapterType = \"{_layout.AdapterType}\"");
        Line($"ddb.toolsVersion = \"{_layout.ToolsVersion}\"");
        return Encoding.UTF8.GetBytes(text.ToString());

        void Line(string line) => text.Append(line).Append('\n');
    }

    /// <summary>Cylinders of 63 sectors; IDE has 16 heads and at most 16383 cylinders, SCSI 255 and 65535.</summary>
    private (long Cylinders, int Heads) Geometry()
    {
        bool ide = _layout.AdapterType == "ide";
        int heads = ide ? 16 : 255;
        long cylinder = 63L * heads * VmdkSparseHeader.SectorSize;
        return (Math.Clamp((_layout.VirtualSize + cylinder - 1) / cylinder, 1, ide ? 16383 : 65535), heads);
    }
}
