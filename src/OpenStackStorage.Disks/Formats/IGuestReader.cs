namespace OpenStackStorage.Disks;

/// <summary>The disk as the guest sees it: its bytes, whatever format they are stored in.</summary>
public interface IGuestReader
{
    /// <summary>Bytes of the guest's disk.</summary>
    long Length { get; }

    /// <summary>Fills the buffer from the guest's disk; a range past its end is an error.</summary>
    void Read(GuestOffset offset, Span<byte> buffer);
}
