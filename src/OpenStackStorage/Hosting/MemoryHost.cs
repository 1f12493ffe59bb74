using System.Diagnostics.CodeAnalysis;
using System.IO.Enumeration;

namespace OpenStackStorage.Hosting;

/// <summary>Runs operations without PowerShell and records all that they say. Work runs at once, on the caller's thread.</summary>
public sealed class MemoryHost : ICmdletHost
{
    private readonly List<object> _objects = [];
    private readonly List<StorageException> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _verbose = [];
    private readonly List<(string Target, string Action)> _questions = [];
    private readonly List<(WorkActivity Activity, WorkProgress Progress)> _activities = [];
    private readonly Lock _gate = new();
    private bool _working;

    public CancellationToken Stop { get; init; }

    /// <summary>The answer to every <see cref="ShouldProcess"/>; false acts as <c>-WhatIf</c>.</summary>
    public bool Answer { get; init; } = true;

    /// <summary>The folder that relative paths start from.</summary>
    public string Folder { get; init; } = Directory.GetCurrentDirectory();

    public IReadOnlyList<object> Objects => _objects;

    public IReadOnlyList<StorageException> Errors => _errors;

    public IReadOnlyList<string> Warnings => _warnings;

    public IReadOnlyList<string> Verbose => _verbose;

    /// <summary>What <see cref="ShouldProcess"/> was asked, in order.</summary>
    public IReadOnlyList<(string Target, string Action)> Questions => _questions;

    /// <summary>What was executed, each with its counter as the work left it.</summary>
    public IReadOnlyList<(WorkActivity Activity, WorkProgress Progress)> Activities => _activities;

    public void WriteObject(object value) => Record(_objects, value);

    public void WriteError(StorageException error) => Record(_errors, error);

    public void WriteWarning(string message) => Record(_warnings, message);

    public void WriteVerbose(string message) => Record(_verbose, message);

    public bool ShouldProcess(string target, string action)
    {
        Record(_questions, (target, action));
        return Answer;
    }

    public IReadOnlyList<string> ResolvePaths(string path, bool literal = false)
    {
        string full = ResolveNewPath(path);
        if (literal || path.AsSpan().IndexOfAny('*', '?') < 0)
            return Path.Exists(full) ? [full] : throw PathErrors.NotFound(path);

        // Wildcards in folder names are left to PowerShell.
        (string folder, string pattern) = (Path.GetDirectoryName(full)!, Path.GetFileName(full));
        string[] files = !Directory.Exists(folder) ? [] :
            [.. Directory.EnumerateFiles(folder)
                .Where(file => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(file), ignoreCase: OperatingSystem.IsWindows()))
                .Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw PathErrors.NoMatch(path);
    }

    public string ResolveNewPath(string path)
    {
        ThrowIfWorking();
        PathErrors.ThrowIfNotAPath(path);
        return Path.GetFullPath(path, Folder);
    }

    [DoesNotReturn]
    public void Fail(StorageException error)
    {
        WriteError(error);
        throw error;
    }

    public void Execute(WorkActivity activity, Action<IWork> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Work given = new(this);
        Record(_activities, (activity, given.Progress));
        Stop.ThrowIfCancellationRequested();
        _working = true;
        try
        {
            work(given);
        }
        finally
        {
            _working = false;
        }
    }

    private void Record<T>(List<T> list, T item)
    {
        ThrowIfWorking();
        list.Add(item);
    }

    /// <summary>Finds at once what PowerShell would only refuse at run time: work that talks to the host from another thread.</summary>
    private void ThrowIfWorking()
    {
        if (_working)
            throw new InvalidOperationException("Work uses the IWork that it is given, never the host.");
    }

    private sealed class Work(MemoryHost host) : IWork
    {
        public WorkProgress Progress { get; } = new();

        public CancellationToken Token => host.Stop;

        public void WriteObject(object value) => Add(host._objects, value);

        public void WriteWarning(string message) => Add(host._warnings, message);

        public void WriteVerbose(string message) => Add(host._verbose, message);

        private void Add<T>(List<T> list, T item)
        {
            Token.ThrowIfCancellationRequested();
            lock (host._gate)
                list.Add(item);
        }
    }
}
