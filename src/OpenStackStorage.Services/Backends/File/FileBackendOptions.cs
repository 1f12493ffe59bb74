using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>What a backend of the driver File is set up with.</summary>
/// <param name="Path">The full path of the folder or mount point.</param>
/// <param name="Root">The store's folder: a folder in it is recorded relatively to it, so that the store can move. Null for none.</param>
/// <param name="Format">Of new volumes: raw, qcow2 or vhdx.</param>
/// <param name="Tier">A free word that types may ask for; null for none.</param>
/// <param name="Thick">Volumes have all their space from the start: <c>nfs_sparsed_volumes = False</c>.</param>
internal sealed record FileBackendOptions(string Path, string? Root, DiskImageFormat Format, string? Tier, bool Thick)
{
    private const int MaximumTier = 255;

    private static readonly string[] Known = ["path", "format", "tier", "provisioning"];

    /// <param name="root">The store's folder; null where relative paths mean nothing.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/>.</exception>
    public static FileBackendOptions Parse(Backend backend, string? root)
    {
        foreach (string name in backend.Options.Keys)
        {
            if (!Known.Contains(name, StringComparer.Ordinal))
                throw Invalid(backend, name, name, $"one of {string.Join(", ", Known)}");
        }

        string path = backend.Options.GetValueOrDefault("path") ?? "";
        string? full = path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? null
            : System.IO.Path.IsPathFullyQualified(path) ? System.IO.Path.GetFullPath(path)
            : root is null ? null : System.IO.Path.GetFullPath(path, root);
        if (full is null)
            throw Invalid(backend, "path", path, "the full path of a folder");
        string formatName = backend.Options.GetValueOrDefault("format", "qcow2");
        DiskImageFormat format = ImageFormats.Find(formatName)?.Format is { } found and (DiskImageFormat.Raw or DiskImageFormat.Qcow2 or DiskImageFormat.Vhdx)
            ? found
            : throw Invalid(backend, "format", formatName, "raw, qcow2 or vhdx");
        string? tier = backend.Options.GetValueOrDefault("tier");
        if (tier is { Length: 0 or > MaximumTier } || tier?.Any(char.IsControl) == true)
            throw Invalid(backend, "tier", tier, $"a word of 1 to {MaximumTier} characters, such as ssd");
        string provisioning = backend.Options.GetValueOrDefault("provisioning", "thin");
        if (provisioning is not ("thin" or "thick"))
            throw Invalid(backend, "provisioning", provisioning, "thin or thick");
        return new FileBackendOptions(System.IO.Path.TrimEndingDirectorySeparator(full), root, format, tier, provisioning == "thick");
    }

    public IReadOnlyDictionary<string, string> ToOptions()
    {
        Dictionary<string, string> options = new()
        {
            ["path"] = Root is not null && Path.StartsWith(Root + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
                ? System.IO.Path.GetRelativePath(Root, Path)
                : Path,
            ["format"] = ImageFormats.Get(Format).Name,
            ["provisioning"] = Thick ? "thick" : "thin",
        };
        if (Tier is not null)
            options["tier"] = Tier;
        return options;
    }

    private static ServiceException Invalid(Backend backend, string option, string found, string expected) =>
        new(ErrorIds.ParameterInvalid, $"Option '{option}' of backend '{backend.Name}' is '{found}'; expected was {expected}.")
        {
            Target = backend.Name,
            Found = found,
            Expected = expected,
        };
}
