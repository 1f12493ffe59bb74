using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>
/// What an exported store consists of: the files of a store, and a manifest of their lengths and SHA-512 hashes behind them.
/// </summary>
internal static class StoreArchive
{
    public const int Version = 1;
    public const string ManifestName = "manifest.json";
    private const string ImagesPrefix = StoreLayout.Images + "/";
    private const int LargestManifest = 256 << 20; // bytes: a million images

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static string DataOf(ImageId id) => ImagesPrefix + ImageFileName.DataOf(id);

    public static string RecordOf(ImageId id) => ImagesPrefix + ImageFileName.RecordOf(id);

    /// <summary>Takes the names that an export makes and no others, so that none leads out of the folder (CVE-2015-1195, CVE-2001-1267).</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.StoreArchiveInvalid"/>.</exception>
    public static string RequireName(string name)
    {
        string plain = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        bool isImage = plain.StartsWith(ImagesPrefix, StringComparison.Ordinal) && ImageFileName.TryParse(plain[ImagesPrefix.Length..], out ImageFileName file) && !file.IsPartial;
        return isImage || plain is ManifestName or StoreLayout.Marker or StoreLayout.Catalog || StoreLayout.Policies.Contains(plain)
            ? plain
            : throw Invalid($"it holds '{name}', which no export makes", name);
    }

    public static byte[] Write(StoreManifest manifest) => JsonSerializer.SerializeToUtf8Bytes(manifest, Options);

    /// <exception cref="ServiceException"><see cref="ErrorIds.StoreArchiveInvalid"/>, <see cref="ErrorIds.StoreTooNew"/>.</exception>
    public static StoreManifest Read(string path)
    {
        if (new FileInfo(path) is not { Exists: true, LinkTarget: null, Length: <= LargestManifest })
            throw Invalid($"its '{ManifestName}' is missing: it is none, or was cut short");
        try
        {
            StoreManifest manifest = JsonSerializer.Deserialize<StoreManifest>(File.ReadAllBytes(path), Options) ?? throw Invalid($"its '{ManifestName}' is empty");
            if (manifest.Version > Version)
                throw new ServiceException(ErrorIds.StoreTooNew, $"The export has version {manifest.Version}; this module knows version {Version}.") { Found = $"version {manifest.Version}", Expected = $"at most version {Version}" };
            foreach (StoreManifestFile file in manifest.Files)
                RequireName(file.Name);
            return manifest.Files.DistinctBy(file => file.Name).Count() == manifest.Files.Count ? manifest : throw Invalid($"its '{ManifestName}' names a file twice");
        }
        catch (JsonException error)
        {
            throw Invalid($"its '{ManifestName}' can not be read: {error.Message}", inner: error);
        }
    }

    public static ServiceException Invalid(string why, string? found = null, Exception? inner = null) =>
        new(ErrorIds.StoreArchiveInvalid, $"This is no export of a store: {why}.", inner) { Found = found };
}

/// <param name="Store">The id of the store that was exported.</param>
internal sealed record StoreManifest(int Version, Guid Store, DateTimeOffset CreatedAt, IReadOnlyList<StoreManifestFile> Files);

/// <param name="Name">Below the export's folder, with '/'.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha512">Lower case hex.</param>
internal sealed record StoreManifestFile(string Name, long Size, string Sha512);
