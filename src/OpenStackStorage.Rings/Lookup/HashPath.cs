using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OpenStackStorage.Rings;

/// <summary>How a cluster hashes names: with what its <c>swift.conf</c> puts before and after them, so that users can't aim at partitions.</summary>
/// <remarks>Source: swift/common/utils, hash_path.</remarks>
public sealed class HashPath
{
    private readonly byte[] _prefix;
    private readonly byte[] _suffix;

    /// <param name="prefix"><c>swift_hash_path_prefix</c>.</param>
    /// <param name="suffix"><c>swift_hash_path_suffix</c>; Swift wants one of both to be set.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingParameterInvalid"/>.</exception>
    public HashPath(string prefix, string suffix)
    {
        if (prefix.Length == 0 && suffix.Length == 0)
            throw RingErrors.Invalid("The hash path", $"empty", "a prefix or a suffix, as in [swift-hash] of swift.conf");
        _prefix = Encoding.UTF8.GetBytes(prefix);
        _suffix = Encoding.UTF8.GetBytes(suffix);
    }

    /// <summary>The MD5 that names an account, container or object on disk: 16 bytes.</summary>
    public byte[] Hash(string account, string? container = null, string? obj = null)
    {
        byte[] hash = new byte[MD5.HashSizeInBytes];
        Hash(account, container, obj, hash);
        return hash;
    }

    /// <summary>The first 32 bits of the hash, of which a ring's partition is the upper part.</summary>
    public uint Start(string account, string? container = null, string? obj = null)
    {
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
        Hash(account, container, obj, hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }

    private void Hash(string account, string? container, string? obj, Span<byte> hash)
    {
        if (string.IsNullOrEmpty(container) && !string.IsNullOrEmpty(obj))
            throw RingErrors.Invalid("The container", $"missing", "a container for the object");
        int length = _prefix.Length + _suffix.Length + Encoding.UTF8.GetMaxByteCount(3 + account.Length + (container?.Length ?? 0) + (obj?.Length ?? 0));
        Span<byte> path = length <= 1024 ? stackalloc byte[length] : new byte[length];
        _prefix.CopyTo(path);
        int end = _prefix.Length;
        Append(path, ref end, account);
        if (!string.IsNullOrEmpty(container))
            Append(path, ref end, container);
        if (!string.IsNullOrEmpty(obj))
            Append(path, ref end, obj);
        _suffix.CopyTo(path[end..]);

        // Swift's own choice; names are placed by it, nothing is protected by it.
#pragma warning disable CA5351
        MD5.HashData(path[..(end + _suffix.Length)], hash);
#pragma warning restore CA5351
    }

    private static void Append(Span<byte> path, ref int end, string name)
    {
        path[end++] = (byte)'/';
        end += Encoding.UTF8.GetBytes(name, path[end..]);
    }
}
