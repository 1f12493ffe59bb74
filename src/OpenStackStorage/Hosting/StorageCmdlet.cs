using System.Management.Automation;

namespace OpenStackStorage.Hosting;

/// <summary>
/// The base of every cmdlet. A cmdlet binds its parameters to a request and calls an operation with <see cref="Host"/>.
/// A <see cref="StorageException"/> becomes the error of the current item, and the next item goes on.
/// </summary>
public abstract class StorageCmdlet : PSCmdlet, IDisposable
{
    // It has no timer and no link, so there is nothing to dispose; and a stop may come later than the disposal.
    private readonly CancellationTokenSource _stop = new();
    private PowerShellHost? _host;
    private List<JobStep>? _steps;

    /// <summary>The door that operations get.</summary>
    protected new ICmdletHost Host => PipelineHost;

    /// <summary>True when the work is to run in a job: cmdlets with <c>-AsJob</c> return that switch.</summary>
    protected virtual bool RunsAsJob => false;

    private PowerShellHost PipelineHost => _host ??= new PowerShellHost(this, _steps, _stop.Token);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _stop.Cancel();

    /// <summary>True for what is an error elsewhere, and the aim here.</summary>
    protected virtual bool IsWanted(StorageException error) => false;

    /// <summary>Handles one pipeline item.</summary>
    protected abstract void Process();

    /// <summary>Does, after the last pipeline item, what had to wait for all of them. A stop comes before it.</summary>
    protected virtual void Complete()
    {
    }

    /// <summary>Runs one item's part; its <see cref="StorageException"/> is written as an error.</summary>
    /// <param name="item">What the user passed; the target of errors that name no path of their own. Null when there is no such thing.</param>
    protected void ForItem(object? item, Action body)
    {
        ArgumentNullException.ThrowIfNull(body);
        PipelineHost.Begin(item);
        try
        {
            body();
        }
        catch (StorageException error) when (IsWanted(error))
        {
            PipelineHost.WriteVerbose(error.Message);
        }
        catch (StorageException error)
        {
            PipelineHost.WriteError(error);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    protected sealed override void BeginProcessing() => _steps = RunsAsJob ? [] : null;

    protected sealed override void ProcessRecord() => ForItem(null, Process);

    protected sealed override void EndProcessing()
    {
        ForItem(null, Complete);
        if (_steps is not { Count: > 0 })
            return;
        StorageJob job = new(MyInvocation.Line.Trim(), GetType().FullName!, _steps);
        JobRepository.Add(job);
        job.Start();
        WriteObject(job);
    }

    protected sealed override void StopProcessing() => _stop.Cancel();
}
