using System.Diagnostics.CodeAnalysis;

namespace OpenStackStorage.Hosting;

/// <summary>
/// An operation's only door to whoever runs it: <c>PowerShellHost</c> in a pipeline or job, <see cref="MemoryHost"/> without PowerShell.
/// An operation is <c>static void Run(request, host)</c>. It plans, asks <see cref="ShouldProcess"/>, and ends with <see cref="Execute"/>.
/// A <see cref="StorageException"/> that it throws is the error of this one item; the next item goes on.
/// </summary>
public interface ICmdletHost
{
    /// <summary>Cancelled when the pipeline is stopped. Work gets its own token: <see cref="IWork.Token"/>.</summary>
    CancellationToken Stop { get; }

    /// <summary>Outputs one object.</summary>
    void WriteObject(object value);

    /// <summary>Reports an error and goes on.</summary>
    void WriteError(StorageException error);

    /// <summary>Says that the result differs from what was asked.</summary>
    void WriteWarning(string message);

    /// <summary>Tells a decision: "cluster size 65536 taken from the source".</summary>
    void WriteVerbose(string message);

    /// <summary>Asks whether to go on. Every change is behind one, and nothing has changed before it.</summary>
    /// <param name="target">The path or name of what changes.</param>
    /// <param name="action">What is about to happen: "Convert qcow2 to vhdx (dynamic)".</param>
    bool ShouldProcess(string target, string action);

    /// <summary>The full paths of the existing files that a path names.</summary>
    /// <param name="path">A path as the user wrote it: relative, on a drive of PowerShell, or full.</param>
    /// <param name="literal">False: <c>* ? [ ]</c> are wildcards. They match files only, never directories.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.PathNotFound"/>, <see cref="ErrorIds.PathNotFileSystem"/>.</exception>
    IReadOnlyList<string> ResolvePaths(string path, bool literal = false);

    /// <summary>The full path of a file that need not exist. No wildcards.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.PathNotFound"/> for an unknown drive, <see cref="ErrorIds.PathNotFileSystem"/>.</exception>
    string ResolveNewPath(string path);

    /// <summary>Ends the whole command with an error. Always throws.</summary>
    [DoesNotReturn]
    void Fail(StorageException error);

    /// <summary>
    /// Runs the long part. It is the operation's last statement, because a job runs the work after the operation has returned.
    /// Otherwise it returns when the work has ended, throws what the work threw, and has a stop wait for the work's clean-up.
    /// </summary>
    /// <param name="work">Uses the <see cref="IWork"/> that it is given and never the host.</param>
    void Execute(WorkActivity activity, Action<IWork> work);
}

/// <summary>What is shown of long work.</summary>
/// <param name="Name">What happens: "Converting qcow2 to vhdx".</param>
/// <param name="Target">What it happens to: a path or name.</param>
/// <param name="Unit">What the progress counts: "partitions". Null for bytes, which are shown as "1.2 GiB".</param>
public sealed record WorkActivity(string Name, string Target, string? Unit = null);

/// <summary>What long work sees. Its members may be called from any thread of the work.</summary>
public interface IWork
{
    /// <summary>Add what is done; set the total when it is known. Sampled, never called back.</summary>
    WorkProgress Progress { get; }

    /// <summary>Cancelled on Ctrl+C, by Stop-Job, or when nobody reads on. Work checks it per chunk and removes what it left half done.</summary>
    CancellationToken Token { get; }

    /// <summary>Outputs one object. Waits while the reader is slow.</summary>
    /// <exception cref="OperationCanceledException">The work is to stop.</exception>
    void WriteObject(object value);

    /// <inheritdoc cref="ICmdletHost.WriteWarning"/>
    void WriteWarning(string message);

    /// <inheritdoc cref="ICmdletHost.WriteVerbose"/>
    void WriteVerbose(string message);
}
