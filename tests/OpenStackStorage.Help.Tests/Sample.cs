using System.Management.Automation;

namespace OpenStackStorage.Help.Tests;

/// <summary>Cmdlets that exist only to be described.</summary>
public enum SampleFormat
{
    Raw,
    Qcow2,
}

public abstract class SamplePathCmdlet : PSCmdlet
{
    [Parameter(ParameterSetName = "Path", Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The files.")]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    [Parameter(ParameterSetName = "LiteralPath", Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The files, no wildcards.")]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];
}

[Cmdlet(VerbsData.Convert, "SampleImage", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[Alias("csi")]
[OutputType(typeof(FileInfo))]
public sealed class ConvertSampleImageCommand : SamplePathCmdlet
{
    [Parameter(Position = 1, HelpMessage = "Where to.")]
    public string? DestinationPath { get; set; }

    [Parameter(Mandatory = true, HelpMessage = "The new format.")]
    public SampleFormat Format { get; set; }

    [Parameter(HelpMessage = "Bytes of a cluster.")]
    [Alias("BlockSizeBytes")]
    public ulong? ClusterSize { get; set; }

    [Parameter(HelpMessage = "How to compress.")]
    [ValidateSet("zlib", "zstd")]
    public string? CompressionType { get; set; }

    [Parameter(HelpMessage = "Replace an existing file.")]
    public SwitchParameter Force { get; set; }
}

[Cmdlet(VerbsCommon.Get, "SampleStore")]
public sealed class GetSampleStoreCommand : PSCmdlet
{
    [Parameter(HelpMessage = "Its name.")]
    public string? Name { get; set; }
}

internal static class Sample
{
    public static CommandSurface Convert { get; } = SurfaceReader.Read(typeof(ConvertSampleImageCommand));

    public static CommandSurface Store { get; } = SurfaceReader.Read(typeof(GetSampleStoreCommand));

    /// <summary>A page with nothing left to fill in.</summary>
    public static string FinishedPage(CommandSurface command) => PageWriter.Write(command, PageWriter.Scaffold(command) with
    {
        Synopsis = "Converts disk images.",
        Description = "Reads `raw` and *qcow2*.\n\n- one\n- two",
        Notes = "None.",
        Examples =
        [
            new PagePart("Example 1: One", $"First this.\n\n```powershell\n{command.Name} -Verbose\n```\n\nThen that.\n\n```text\n  output\n```"),
            new PagePart("Example 2: Two", $"```powershell\n{command.Name}\n```"),
            new PagePart("Example 3: Many", $"```powershell\nGet-ChildItem *.img | {command.Name}\n```"),
        ],
        Parameters = [.. command.Parameters.Select(parameter => new PagePart(parameter.Name, $"About {parameter.Name}."))],
        Inputs = [.. command.InputTypes.Select(type => new PagePart(type, "Paths."))],
        Outputs = [.. command.OutputTypes.Select(type => new PagePart(type, "The new file."))],
    });
}

/// <summary>A folder of a test's own that goes with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("openstackstorage-help-").FullName;

    /// <summary>Writes a file and the folders above it; its path.</summary>
    public string Add(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
