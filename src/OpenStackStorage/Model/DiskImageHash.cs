namespace OpenStackStorage.Model;

/// <summary>The hash of the disk in an image: that of its bytes as a raw file, whatever the image's format.</summary>
public sealed class DiskImageHash
{
    /// <summary>Full path of the image file.</summary>
    public required string Path { get; init; }

    /// <summary>By the name that Get-FileHash has for it: "SHA256".</summary>
    public required string Algorithm { get; init; }

    /// <summary>Upper case hexadecimal digits, as Get-FileHash writes them.</summary>
    public required string Hash { get; init; }

    /// <summary>Bytes of the disk.</summary>
    public long VirtualSize { get; init; }

    public override string ToString() => Hash;
}
