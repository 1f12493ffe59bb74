using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;

namespace OpenStackStorage.Hosting;

/// <summary>Work that a job runs later.</summary>
/// <param name="Activity">What is shown of it; null for a mere output.</param>
/// <param name="Work">The work.</param>
/// <param name="Target">Finds what the user passed, for an error.</param>
internal sealed record JobStep(WorkActivity? Activity, Action<IWork> Work, Func<StorageException, object?> Target);

/// <summary>
/// Runs the collected work of one cmdlet, step after step, on a thread of its own. A failed step leaves its error
/// and the next one goes on; the job ends Failed when any step failed.
/// </summary>
public sealed class StorageJob : Job, IStreams
{
    private readonly CancellationTokenSource _stop = new();
    private readonly string _source;
    private readonly IReadOnlyList<JobStep> _steps;
    private readonly Thread _thread;
    private volatile string _status = "";

    /// <param name="source">The full name of the cmdlet's class; the second part of error ids.</param>
    internal StorageJob(string command, string source, IReadOnlyList<JobStep> steps)
        : base(command, null)
    {
        _source = source;
        _steps = steps;
        _thread = new Thread(Run) { IsBackground = true, Name = "OpenStackStorage job" };
        PSJobTypeName = "OpenStackStorageJob";
    }

    public override bool HasMoreData =>
        Output.Count + Error.Count + Warning.Count + Verbose.Count + Debug.Count + Progress.Count + Information.Count > 0;

    public override string Location => "localhost";

    /// <summary>The progress of the current step: "1.2 GiB of 10 GiB, 512 MiB/s".</summary>
    public override string StatusMessage => _status;

    private bool IsOpen => JobStateInfo.State is JobState.NotStarted or JobState.Running or JobState.Stopping;

    /// <summary>Cancels the work and returns when it has cleaned up.</summary>
    public override void StopJob()
    {
        if (!IsOpen)
            return;
        if (JobStateInfo.State == JobState.Running)
            SetJobState(JobState.Stopping);
        _stop.Cancel();
        if (_thread.IsAlive && Thread.CurrentThread != _thread)
            _thread.Join();
        End(JobState.Stopped);
    }

    internal void Start()
    {
        SetJobState(JobState.Running);
        _thread.Start();
    }

    void IStreams.WriteObject(object value) => Output.Add(PSObject.AsPSObject(value));

    void IStreams.WriteWarning(string message) => Warning.Add(new WarningRecord(message));

    void IStreams.WriteVerbose(string message) => Verbose.Add(new VerboseRecord(message));

    void IStreams.WriteProgress(ProgressSample sample)
    {
        _status = sample.Operation;
        Progress.Add(Records.Progress(sample));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
            _stop.Dispose();
        }

        base.Dispose(disposing);
    }

    [SuppressMessage("Design", "CA1031", Justification = "An exception that leaves this thread ends the process.")]
    private void Run()
    {
        JobState state = JobState.Completed;
        try
        {
            foreach (JobStep step in _steps)
            {
                if (!Run(step))
                    state = JobState.Failed;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            state = JobState.Stopped;
        }
        catch (Exception error)
        {
            Error.Add(new ErrorRecord(error, $"{error.GetType().Name},{_source}", ErrorCategory.NotSpecified, null));
            state = JobState.Failed;
        }

        End(state);
    }

    private bool Run(JobStep step)
    {
        try
        {
            WorkRunner.Run(this, step.Activity ?? new WorkActivity(Command, ""), step.Work, _stop.Token);
            return true;
        }
        catch (StorageException error)
        {
            Error.Add(Records.Error(error, step.Target(error), _source));
            return false;
        }
    }

    /// <summary>
    /// Tells the end, unless it was told. Under no lock: who listens may remove the job at once, from a thread that holds
    /// locks of its own. A stop that comes at the same moment joins the thread, and has the last word.
    /// </summary>
    private void End(JobState state)
    {
        if (IsOpen)
            SetJobState(state);
    }
}
