namespace OpenStackStorage.Disks;

/// <summary>
/// Writes the footer of a VHD and its copy at the start. Two sound footers that contradict each other make a disk that
/// nobody should read, so they never do: at any moment at least one is sound, and where both are, they agree.
/// </summary>
internal sealed class VhdFooters
{
    private readonly BlockDevice _file;
    private readonly byte[] _bytes = new byte[VhdFooter.Length];
    private readonly bool _hasCopy;
    private CheckFinding? _damage;

    public VhdFooters(BlockDevice file, VhdMetadata metadata)
    {
        _file = file;
        _hasCopy = metadata.Header is not null;
        _damage = metadata.FooterDamage;
        Footer = metadata.Footer;
        Offset = metadata.DataEnd;
        file.Read(new HostOffset(metadata.FooterOffset), _bytes);
    }

    public VhdFooter Footer { get; private set; }

    /// <summary>Byte of the file at which the footer at the end stands; all that is stored lies before it.</summary>
    public long Offset { get; private set; }

    /// <summary>Writes the footer that was missing or damaged, so that the disk again has both.</summary>
    /// <param name="end">Byte behind all that is stored.</param>
    public void Repair(long end)
    {
        if (_damage is not { Offset: var damaged })
            return;
        if (damaged == 0)
        {
            _file.Write(default, _bytes);
            _file.Flush();
        }
        else
        {
            CutTo(_file.IsFixedSize ? damaged : end);
        }

        _damage = null;
    }

    /// <summary>Makes room: puts the footer further back. The old one stays where it was, as bytes without meaning.</summary>
    public void MoveTo(long offset)
    {
        _file.Write(new HostOffset(offset), _bytes);
        _file.Flush();
        Offset = offset;
    }

    /// <summary>Puts the footer further to the front, behind all that is stored, and ends the file there.</summary>
    public void CutTo(long offset)
    {
        MoveTo(offset);
        if (_file.IsFixedSize)
            return;
        _file.SetLength(offset + VhdFooter.Length);
        _file.Flush();
    }

    /// <summary>Changes what the disk is. The footer at the end is gone while the copy changes, so that they agree whenever both are there.</summary>
    public void Replace(in VhdFooter footer)
    {
        Footer = footer;
        footer.Update(_bytes);
        if (_hasCopy)
        {
            _file.Write(new HostOffset(Offset), new byte[VhdFooter.Length]);
            _file.Flush();
            _file.Write(default, _bytes);
            _file.Flush();
        }

        MoveTo(Offset);
    }
}
