using System.IO.Compression;
using System.Security;
using System.Text;

namespace OpenStackStorage.Help;

/// <summary>
/// The module as a gallery takes it: a folder, and the same files in a NuGet package. The package is an Open Packaging
/// container (ECMA-376 part 2) written here, so that making it needs neither PowerShell nor PSResourceGet.
/// </summary>
/// <param name="Folder">The module's folder; its parent has the module's name.</param>
/// <param name="NupkgPath">The package.</param>
public sealed record ModulePackage(string Folder, string NupkgPath)
{
    private const string Name = HelpProject.ModuleName;

    /// <summary>PowerShell's own assembly. Its compile-time stub must never lie beside the module.</summary>
    private const string Stub = "System.Management.Automation.dll";

    /// <summary>Names the licence of each library of others.</summary>
    private const string Notices = "LICENSE-3RD-PARTY.md";

    private static readonly DateTimeOffset Timestamp = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Makes both under a folder from a built clone; what was there of the same version is replaced.</summary>
    /// <exception cref="InvalidOperationException">The module is not built, or a file is missing that the manifest names.</exception>
    public static ModulePackage Create(string root, string artifacts)
    {
        string manifestPath = Path.Combine(root, Name + ".psd1");
        if (!File.Exists(manifestPath))
            throw new InvalidOperationException($"'{manifestPath}' does not exist.");
        ModuleManifest manifest = ModuleManifest.Read(manifestPath);
        SortedDictionary<string, string> files = Collect(root, manifest);
        string version = manifest.Value("ModuleVersion");
        string prerelease = manifest.Value("Prerelease");
        string fullVersion = prerelease.Length > 0 ? $"{version}-{prerelease}" : version;

        string folder = Path.Combine(artifacts, "module", Name, version);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        foreach ((string file, string source) in files)
        {
            string target = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        File.WriteAllText(
            Path.Combine(folder, Name + ".psd1"),
            ModuleManifest.WithFileList(File.ReadAllText(manifestPath), files.Keys));
        string nupkg = Path.Combine(artifacts, $"{Name}.{fullVersion}.nupkg");
        WriteNupkg(nupkg, folder, files.Keys, manifest, fullVersion);
        return new ModulePackage(folder, nupkg);
    }

    /// <summary>Path in the module, with slashes, to path in the clone.</summary>
    private static SortedDictionary<string, string> Collect(string root, ModuleManifest manifest)
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        string[] single = [Name + ".psd1", manifest.Value("RootModule"), .. manifest["FormatsToProcess"], .. manifest["TypesToProcess"], "LICENSE", Notices, "README.md", "CHANGELOG.md"];
        foreach (string file in single)
            files[file] = Path.Combine(root, file);
        AddFolder("bin", "bin", "*.dll", SearchOption.AllDirectories);
        AddFolder("en-US", "en-US", "*", SearchOption.TopDirectoryOnly);
        AddFolder("examples", "Examples", "*.ps1", SearchOption.TopDirectoryOnly);
        if (files.Keys.FirstOrDefault(file => Path.GetFileName(file) == Stub) is { } stub)
            throw new InvalidOperationException($"'{stub}' is PowerShell's compile-time stub; it would break the module.");
        if (files.Values.FirstOrDefault(source => !File.Exists(source)) is { } missing)
            throw new InvalidOperationException($"'{missing}' does not exist; build first.");
        string notices = File.ReadAllText(files[Notices]);
        if (files.Keys.FirstOrDefault(file => file.StartsWith("bin/dependencies/", StringComparison.Ordinal)
            && !notices.Contains($"`{Path.GetFileName(file)}`", StringComparison.Ordinal)) is { } unnamed)
        {
            throw new InvalidOperationException($"'{Notices}' does not name the licence of '{unnamed}'.");
        }

        return files;

        void AddFolder(string from, string to, string pattern, SearchOption depth)
        {
            string source = Path.Combine(root, from);
            if (!Directory.Exists(source))
                return;
            foreach (string path in Directory.EnumerateFiles(source, pattern, depth))
                files[$"{to}/{Path.GetRelativePath(source, path).Replace('\\', '/')}"] = path;
        }
    }

    private static void WriteNupkg(string path, string folder, IEnumerable<string> files, ModuleManifest manifest, string version)
    {
        File.Delete(path);
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        const string properties = "package/services/metadata/core-properties/openstackstorage.psmdcp";
        Add("_rels/.rels", $"""
            <?xml version="1.0" encoding="utf-8"?>
            <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
              <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/{Name}.nuspec" Id="R1" />
              <Relationship Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="/{properties}" Id="R2" />
            </Relationships>
            """);
        Add(Name + ".nuspec", Nuspec(manifest, version));
        foreach (string file in files)
        {
            using Stream entry = Open(file);
            using FileStream source = File.OpenRead(Path.Combine(folder, file));
            source.CopyTo(entry);
        }

        string[] extensions = [.. files.Select(Path.GetExtension).OfType<string>().Where(extension => extension.Length > 1)
            .Select(extension => extension[1..]).Except(["nuspec", "psmdcp", "rels"]).Distinct().Order(StringComparer.Ordinal)];
        Add("[Content_Types].xml", $"""
            <?xml version="1.0" encoding="utf-8"?>
            <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
              <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />
              <Default Extension="psmdcp" ContentType="application/vnd.openxmlformats-package.core-properties+xml" />
              <Default Extension="nuspec" ContentType="application/octet" />
            {string.Join('\n', extensions.Select(extension => $"  <Default Extension=\"{extension}\" ContentType=\"application/octet\" />"))}
              <Override PartName="/LICENSE" ContentType="application/octet" />
            </Types>
            """);
        Add(properties, $"""
            <?xml version="1.0" encoding="utf-8"?>
            <coreProperties xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://schemas.openxmlformats.org/package/2006/metadata/core-properties">
              <dc:creator>{Escape(manifest.Value("Author"))}</dc:creator>
              <dc:description>{Escape(manifest.Value("Description"))}</dc:description>
              <dc:identifier>{Name}</dc:identifier>
              <version>{version}</version>
            </coreProperties>
            """);

        void Add(string name, string text)
        {
            using Stream entry = Open(name);
            entry.Write(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n") + "\n"));
        }

        Stream Open(string name)
        {
            ZipArchiveEntry entry = zip.CreateEntry(name);
            entry.LastWriteTime = Timestamp;
            return entry.Open();
        }
    }

    private static string Nuspec(ModuleManifest manifest, string version)
    {
        IEnumerable<string> tags =
        [
            "PSModule",
            .. manifest["Tags"],
            "PSIncludes_Cmdlet",
            .. manifest["CmdletsToExport"].SelectMany(cmdlet => new[] { $"PSCmdlet_{cmdlet}", $"PSCommand_{cmdlet}" }),
        ];
        string projectUri = manifest.Value("ProjectUri");
        return $"""
            <?xml version="1.0" encoding="utf-8"?>
            <package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
              <metadata>
                <id>{Name}</id>
                <version>{version}</version>
                <authors>{Escape(manifest.Value("Author"))}</authors>
                <owners>{Escape(manifest.Value("CompanyName"))}</owners>
                <requireLicenseAcceptance>false</requireLicenseAcceptance>
                <description>{Escape(manifest.Value("Description"))}</description>
                <copyright>{Escape(manifest.Value("Copyright"))}</copyright>
                <releaseNotes>{Escape(manifest.Value("ReleaseNotes"))}</releaseNotes>
                <license type="expression">Apache-2.0</license>
                {(projectUri.Length > 0 ? $"<projectUrl>{Escape(projectUri)}</projectUrl>" : "")}
                <tags>{Escape(string.Join(' ', tags.Distinct()))}</tags>
              </metadata>
            </package>
            """;
    }

    private static string Escape(string text) => SecurityElement.Escape(text);
}
