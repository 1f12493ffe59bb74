using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>What ring cmdlets need of a swift.conf: the two texts around every name that is hashed.</summary>
internal static class SwiftConfiguration
{
    private const string Section = "[swift-hash]";

    /// <summary>By what was given, or else by the file.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.PathNotFound"/>, <see cref="ErrorIds.ParameterInvalid"/> when neither says anything.</exception>
    public static HashPath HashPath(string? prefix, string? suffix, string path)
    {
        if (prefix is null && suffix is null)
            (prefix, suffix) = Read(path);
        if (string.IsNullOrEmpty(prefix) && string.IsNullOrEmpty(suffix))
        {
            throw new StorageException(ErrorIds.ParameterInvalid, "What the cluster puts around names before it hashes them is not known; without it no partition can be told.")
            {
                Target = path,
                Expected = "swift_hash_path_prefix or swift_hash_path_suffix",
                Remedy = "Add -HashPrefix or -HashSuffix, or -ConfigurationPath with the cluster's swift.conf.",
            };
        }

        return new HashPath(prefix ?? "", suffix ?? "");
    }

    private static (string? Prefix, string? Suffix) Read(string path)
    {
        if (!File.Exists(path))
            return (null, null);
        string? prefix = null;
        string? suffix = null;
        bool inSection = false;
        foreach (string raw in ReadLines(path))
        {
            string line = raw.Trim();
            if (line.StartsWith('['))
                inSection = line == Section;
            else if (inSection && Value(line, "swift_hash_path_prefix") is { } first)
                prefix = first;
            else if (inSection && Value(line, "swift_hash_path_suffix") is { } last)
                suffix = last;
        }

        return (prefix, suffix);
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(ErrorIds.ReadFailed, $"'{path}' can't be read: {error.Message}", error) { Target = path };
        }
    }

    private static string? Value(string line, string name)
    {
        int separator = line.AsSpan().IndexOfAny('=', ':');
        return separator > 0 && line[..separator].Trim() == name ? line[(separator + 1)..].Trim() : null;
    }
}
