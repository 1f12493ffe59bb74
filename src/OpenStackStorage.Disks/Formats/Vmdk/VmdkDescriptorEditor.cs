using System.Globalization;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>
/// The descriptor of a disk that is open for writing. Lines that are not changed stay as they are. A change within one
/// sector is one write; a larger one inside a sparse extent goes over a copy, so that the header always names a whole
/// descriptor.
/// </summary>
internal sealed class VmdkDescriptorEditor
{
    private const int Sector = VmdkSparseHeader.SectorSize;

    private readonly BlockDevice _file;
    private readonly VmdkWritableSparseExtent? _host;

    /// <summary>One character for each byte.</summary>
    private string _text;

    /// <param name="host">The extent that the descriptor lies in; null when it is a file of its own.</param>
    public VmdkDescriptorEditor(BlockDevice file, VmdkWritableSparseExtent? host)
    {
        (_file, _host) = (file, host);
        byte[] present = ReadPresent();
        int end = present.AsSpan().IndexOf((byte)0);
        _text = Encoding.Latin1.GetString(present, 0, end < 0 ? present.Length : end);
        Descriptor = Parse(_text);
    }

    /// <summary>What it says; positions are bytes of the text.</summary>
    public VmdkDescriptor Descriptor { get; private set; }

    /// <summary>Bytes of the file that the descriptor takes, and that is kept for it.</summary>
    private int Room => _host is null ? (int)_file.Length : (int)_host.Header.DescriptorSectors * Sector;

    private HostOffset Place => new(_host is null ? 0 : (long)_host.Header.DescriptorSector * Sector);

    public void SetContentId(uint id) => Save(Replace((Descriptor.PositionOf("CID"), $"CID={id:x8}")));

    /// <param name="name">The parent's name; null for none.</param>
    public void SetParent(string? name, uint contentId)
    {
        if (name?.Any(character => character == '"' || char.IsControl(character)) == true)
            throw Invalid("a parent's name can't hold quotes or control characters");
        string parent = $"parentCID={contentId:x8}";
        string? hint = name is null ? null : $"parentFileNameHint=\"{Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(name))}\"";
        Save(Descriptor.ParentName is null
            ? Replace((Descriptor.PositionOf("parentCID"), hint is null ? parent : $"{parent}\n{hint}"))
            : Replace((Descriptor.PositionOf("parentCID"), parent), (Descriptor.PositionOf("parentFileNameHint"), hint)));
    }

    /// <summary>Another size of the only extent, and the cylinders that go with it.</summary>
    public void SetSize(long size)
    {
        VmdkExtentLine extent = Descriptor.Extents[0];
        string line = _text[(int)extent.Position..EndOfLine((int)extent.Position)];
        string sectors = extent.Sectors.ToString(CultureInfo.InvariantCulture);
        int at = line.IndexOf(sectors, StringComparison.Ordinal);
        line = line.Remove(at, sectors.Length).Insert(at, (size / Sector).ToString(CultureInfo.InvariantCulture));
        Save(Cylinders(size) is { } cylinders
            ? Replace((extent.Position, line), (Descriptor.PositionOf("ddb.geometry.cylinders"), $"ddb.geometry.cylinders = \"{cylinders}\""))
            : Replace((extent.Position, line)));
    }

    private long? Cylinders(long size)
    {
        if (Descriptor["ddb.geometry.cylinders"] is null || Number("heads") is not { } heads || Number("sectors") is not { } sectors)
            return null;
        long cylinder = (long)heads * sectors * Sector;
        long most = heads == 16 ? 16383 : 65535; // IDE; SCSI
        return Math.Clamp((size + cylinder - 1) / cylinder, 1, most);

        int? Number(string field) =>
            int.TryParse(Descriptor[$"ddb.geometry.{field}"], NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is > 0 and <= 255 ? value : null;
    }

    /// <summary>The text with lines replaced that start at given positions; without a line for null.</summary>
    private string Replace(params (long Position, string? Line)[] changes)
    {
        string text = _text;
        foreach ((long position, string? line) in changes.OrderByDescending(change => change.Position))
        {
            int start = (int)position;
            int end = EndOfLine(start);
            if (line is null && text.IndexOf('\n', end) is >= 0 and var next)
                end = next + 1;
            text = string.Concat(text.AsSpan(0, start), line, text.AsSpan(end));
        }

        return text;
    }

    /// <summary>Where a line of the present text ends, its carriage return left out.</summary>
    private int EndOfLine(int start)
    {
        int end = _text.IndexOf('\n', start);
        if (end < 0)
            end = _text.Length;
        return end > start && _text[end - 1] == '\r' ? end - 1 : end;
    }

    private VmdkDescriptor Parse(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        using MemoryBlockDevice device = new(_file.Path, bytes);
        return VmdkDescriptor.Read(device, 0, bytes.Length);
    }

    private void Save(string text)
    {
        if (text == _text)
            return;
        int most = _host is null ? VmdkDescriptor.MaximumLength : Room - 1; // a NUL ends it
        if (text.Length > most)
            throw Invalid($"its descriptor would have {text.Length} bytes, and {most} are free for it; choose a shorter name");
        VmdkDescriptor descriptor = Parse(text);
        byte[] present = ReadPresent();
        byte[] next = new byte[Math.Max(present.Length, text.Length)];
        Encoding.Latin1.GetBytes(text, next);
        int first = present.AsSpan().CommonPrefixLength(next) / Sector * Sector;
        int last = next.Length;
        while (last > first && last <= present.Length && present[last - 1] == next[last - 1])
            last--;
        if (_host is null || last - first <= Sector)
            _file.Write(Place + first, next.AsSpan(first, Math.Max(Math.Min(Sector, next.Length - first), last - first)));
        else
            _host.ReplaceDescriptor(next);
        _file.Flush();
        if (_host is null && text.Length < next.Length)
        {
            _file.SetLength(text.Length);
            _file.Flush();
        }

        (_text, Descriptor) = (text, descriptor);
    }

    private byte[] ReadPresent()
    {
        byte[] bytes = new byte[Room];
        _file.Read(Place, bytes);
        return bytes;
    }

    private StorageException Invalid(string reason) => new(ErrorIds.ParameterInvalid, $"'{_file.Path}' can't be changed so: {reason}.") { Target = _file.Path };
}
