namespace OpenStackStorage.Disks;

/// <summary>Where the parent of a differencing disk may be, by the names that the disk has for it.</summary>
internal static class ParentNames
{
    /// <summary>
    /// The names to try, in this order: as given; with Windows' separators made this system's; and, for an absolute
    /// path of another system, the bare file name, so that a chain that was copied to one folder opens there. The parent's
    /// identity decides whether what is found is the parent.
    /// </summary>
    /// <param name="names">The names in the disk, the preferred one first; empty ones are skipped.</param>
    public static IReadOnlyList<ImageReference> References(BlockDevice from, params ReadOnlySpan<string?> names)
    {
        List<ImageReference> references = [];
        foreach (string? name in names)
        {
            if (string.IsNullOrEmpty(name))
                continue;
            string local = OperatingSystem.IsWindows() ? name : name.Replace('\\', '/');
            if (!IsForeignRoot(name))
                Add(local);
            int separator = local.AsSpan().LastIndexOfAny('/', '\\');
            Add(local[(separator + 1)..]);
        }

        return references;

        void Add(string name)
        {
            if (name.Length > 0 && !references.Exists(reference => reference.Name == name))
                references.Add(new ImageReference(from, "parent", name));
        }
    }

    /// <summary>True for "C:\x" and "\\server\x" where they mean nothing.</summary>
    private static bool IsForeignRoot(string name) =>
        !OperatingSystem.IsWindows()
        && (name.StartsWith(@"\\", StringComparison.Ordinal) || (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0])));
}
