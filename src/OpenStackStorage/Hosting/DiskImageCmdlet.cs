using System.Management.Automation;

namespace OpenStackStorage.Hosting;

/// <summary>
/// The base of cmdlets that take existing disk images. Strings from the pipeline are paths with wildcards;
/// objects bind by <c>PSPath</c> (files of Get-ChildItem, our own outputs) or <c>FullName</c>, both literal.
/// </summary>
public abstract class DiskImageCmdlet : StorageCmdlet
{
    /// <summary>The parameter set of <see cref="Path"/>.</summary>
    protected const string PathSet = "Path";

    /// <summary>The parameter set of <see cref="LiteralPath"/>.</summary>
    protected const string LiteralPathSet = "LiteralPath";

    /// <summary>
    /// The default parameter set. It must be the literal one: our outputs carry both <c>Path</c> and <c>PSPath</c>, PowerShell
    /// binds the default set first, and by <c>Path</c> the file <c>[x].img</c> would be taken for a wildcard. Strings still bind to <see cref="Path"/>.
    /// </summary>
    protected const string DefaultSet = LiteralPathSet;

    [Parameter(ParameterSetName = PathSet, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        HelpMessage = "Disk image files. Wildcards are allowed.")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(ParameterSetName = LiteralPathSet, Mandatory = true, ValueFromPipelineByPropertyName = true,
        HelpMessage = "Disk image files, taken exactly as typed.")]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Handles one file.</summary>
    /// <param name="path">Its full path in the file system.</param>
    protected abstract void ProcessImage(string path);

    /// <summary>Does the work of a parameter set without paths, where the cmdlet has one.</summary>
    protected virtual void ProcessWithoutImage()
    {
    }

    protected sealed override void Process()
    {
        if (ParameterSetName is not (PathSet or LiteralPathSet))
        {
            ProcessWithoutImage();
            return;
        }

        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string typed in literal ? LiteralPath : Path)
        {
            ForItem(typed, () =>
            {
                bool pattern = !literal && WildcardPattern.ContainsWildcardCharacters(typed);
                // What was typed in full is meant; a wildcard and a pipeline also bring what belongs to another image.
                bool several = pattern || MyInvocation.ExpectingInput;
                foreach (string path in several ? ImageFiles.WithoutExtents(Host.ResolvePaths(typed, literal), Host) : Host.ResolvePaths(typed, literal))
                    ForItem(pattern ? path : typed, () => ProcessImage(path));
            });
        }
    }
}
