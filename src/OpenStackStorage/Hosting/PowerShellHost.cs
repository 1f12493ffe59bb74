using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;

namespace OpenStackStorage.Hosting;

/// <summary>
/// The door to a PowerShell pipeline, used on the pipeline thread only. With a list of job steps it collects the work
/// in place of running it; planning, questions and the errors of planning stay in the pipeline.
/// </summary>
internal sealed class PowerShellHost(PSCmdlet cmdlet, List<JobStep>? steps, CancellationToken stop) : ICmdletHost, IStreams
{
    private Dictionary<string, string> _typed = [];
    private object? _item;

    public CancellationToken Stop => stop;

    /// <summary>Names the pipeline item that the errors from here on are about.</summary>
    /// <param name="item">What the user passed: a path as typed, or an object.</param>
    public void Begin(object? item)
    {
        _item = item;
        _typed = [];
    }

    public void WriteObject(object value)
    {
        if (steps is not null)
            steps.Add(new JobStep(null, work => work.WriteObject(value), Target()));
        else if (value is FileInfo file)
            cmdlet.WriteObject(AsItem(file), enumerateCollection: true);
        else
            cmdlet.WriteObject(value);
    }

    public void WriteError(StorageException error) => cmdlet.WriteError(Records.Error(error, Target()(error)));

    public void WriteWarning(string message) => cmdlet.WriteWarning(message);

    public void WriteVerbose(string message) => cmdlet.WriteVerbose(message);

    public void WriteProgress(ProgressSample sample) => cmdlet.WriteProgress(Records.Progress(sample));

    public bool ShouldProcess(string target, string action) => cmdlet.ShouldProcess(target, action);

    public IReadOnlyList<string> ResolvePaths(string path, bool literal)
    {
        if (!literal && WildcardPattern.ContainsWildcardCharacters(path))
            return Match(path);
        string full = ResolveNewPath(literal ? path : WildcardPattern.Unescape(path));
        return Path.Exists(full) || full.StartsWith(@"\\.\", StringComparison.Ordinal) ? [full] : throw PathErrors.NotFound(path);
    }

    public string ResolveNewPath(string path)
    {
        PathErrors.ThrowIfNotAPath(path);
        string full = Guard(path, out ProviderInfo provider, (out ProviderInfo found) =>
            cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out found, out _));
        ThrowIfNotFileSystem(path, provider);
        _typed[full] = path;
        return full;
    }

    [DoesNotReturn]
    public void Fail(StorageException error)
    {
        cmdlet.ThrowTerminatingError(Records.Error(error, Target()(error)));
        throw error;
    }

    public void Execute(WorkActivity activity, Action<IWork> work)
    {
        if (steps is null)
            WorkRunner.Run(this, activity, work, stop);
        else
            steps.Add(new JobStep(activity, work, Target()));
    }

    /// <summary>The file as Get-Item gives it: with PSPath, by which Get-Content and all others take it.</summary>
    private Collection<PSObject> AsItem(FileInfo file) =>
        cmdlet.InvokeProvider.Item.Get([@"Microsoft.PowerShell.Core\FileSystem::" + file.FullName], force: true, literalPath: true);

    private delegate T Resolver<T>(out ProviderInfo provider);

    private static T Guard<T>(string path, out ProviderInfo provider, Resolver<T> resolve)
    {
        try
        {
            return resolve(out provider);
        }
        catch (ProviderNotFoundException error)
        {
            throw PathErrors.NotFileSystem(path, error.ItemName);
        }
        catch (WildcardPatternException)
        {
            throw PathErrors.BadPattern(path);
        }
        catch (SessionStateException)
        {
            throw PathErrors.NotFound(path);
        }
    }

    private string[] Match(string path)
    {
        IEnumerable<string> matches = Guard(path, out ProviderInfo provider, (out ProviderInfo found) =>
            cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out found));
        ThrowIfNotFileSystem(path, provider);
        string[] files = [.. matches.Where(match => !Directory.Exists(match))];
        return files.Length > 0 ? files : throw PathErrors.NoMatch(path);
    }

    private static void ThrowIfNotFileSystem(string path, ProviderInfo provider)
    {
        if (provider.Name != "FileSystem")
            throw PathErrors.NotFileSystem(path, provider.Name);
    }

    /// <summary>An error's target is what the user passed: the path as typed, else the current item.</summary>
    private Func<StorageException, object?> Target()
    {
        (Dictionary<string, string> typed, object? item) = (_typed, _item);
        return error => error.Target is { } path && typed.TryGetValue(path, out string? passed) ? passed : item ?? error.Target;
    }
}
