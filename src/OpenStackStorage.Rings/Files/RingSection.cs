using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace OpenStackStorage.Rings;

/// <summary>One section while it is read; its checksum covers the length before it.</summary>
internal sealed class RingSection : IDisposable
{
    private readonly RingInflater _inflater;
    private readonly IncrementalHash _hash;
    private readonly string _name;
    private readonly string _digest;

    public RingSection(RingInflater inflater, string name, long indexedLength, HashAlgorithmName algorithm, string digest)
    {
        _inflater = inflater;
        _name = name;
        _digest = digest;
        _hash = IncrementalHash.CreateHash(algorithm);
        byte[] prefix = new byte[sizeof(ulong)];
        Read(prefix);
        Length = BinaryPrimitives.ReadUInt64BigEndian(prefix);
        if (indexedLength < sizeof(ulong) || Length != (ulong)indexedLength - sizeof(ulong))
            throw Corrupt(string.Create(CultureInfo.InvariantCulture, $"says that it has {Length} bytes; the index says {indexedLength - sizeof(ulong)}"));
    }

    /// <summary>Bytes after the length.</summary>
    public ulong Length { get; }

    public void ThrowIfBeyond() => _inflater.ThrowIfBeyond((long)Math.Min(Length, long.MaxValue), $"'{_name}'");

    public void Read(Span<byte> buffer)
    {
        _inflater.Read(buffer, $"'{_name}'");
        _hash.AppendData(buffer);
    }

    public byte[] ReadJson()
    {
        byte[] json = _inflater.ReadJson(Length);
        _hash.AppendData(json);
        return json;
    }

    public void VerifyEnd()
    {
        string found = Convert.ToHexStringLower(_hash.GetHashAndReset());
        if (found != _digest)
            throw Corrupt($"has the checksum {found}; the index says {_digest}");
    }

    public RingException Corrupt(string what) => _inflater.Corrupt($"the section '{_name}' {what}");

    public void Dispose()
    {
        _hash.Dispose();
        _inflater.Dispose();
    }
}
