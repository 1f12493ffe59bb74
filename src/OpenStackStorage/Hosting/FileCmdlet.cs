using System.Management.Automation;

namespace OpenStackStorage.Hosting;

/// <summary>
/// The base of cmdlets that take existing files. Strings from the pipeline are paths with wildcards; objects bind by
/// <c>PSPath</c> (files of Get-ChildItem, our own outputs) or <c>FullName</c>, both literal.
/// </summary>
public abstract class FileCmdlet : StorageCmdlet
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
        HelpMessage = "The files. Wildcards are allowed.")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(ParameterSetName = LiteralPathSet, Mandatory = true, ValueFromPipelineByPropertyName = true,
        HelpMessage = "The files, taken exactly as typed.")]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Handles one file.</summary>
    /// <param name="path">Its full path in the file system.</param>
    protected abstract void ProcessFile(string path);

    /// <summary>
    /// Leaves out files that were not meant. What was typed in full is always meant; a wildcard and a pipeline may also bring
    /// what belongs to another file.
    /// </summary>
    protected virtual IEnumerable<string> Choose(IReadOnlyList<string> paths) => paths;

    /// <summary>Does the work of a parameter set without paths, where the cmdlet has one.</summary>
    protected virtual void ProcessWithoutFile()
    {
    }

    protected sealed override void Process()
    {
        if (ParameterSetName is not (PathSet or LiteralPathSet))
        {
            ProcessWithoutFile();
            return;
        }

        bool literal = ParameterSetName == LiteralPathSet;
        foreach (string typed in literal ? LiteralPath : Path)
        {
            ForItem(typed, () =>
            {
                bool pattern = !literal && WildcardPattern.ContainsWildcardCharacters(typed);
                IReadOnlyList<string> paths = Host.ResolvePaths(typed, literal);
                foreach (string path in pattern || MyInvocation.ExpectingInput ? Choose(paths) : paths)
                    ForItem(pattern ? path : typed, () => ProcessFile(path));
            });
        }
    }
}
