using System.Management.Automation;

namespace OpenStackStorage.Hosting;

/// <summary>Turns our errors and progress into PowerShell's.</summary>
internal static class Records
{
    public static ErrorRecord Error(StorageException error, object? target, string? command = null) =>
        new(error, command is null ? error.Id.Name : $"{error.Id.Name},{command}", Category(error.Id.Category), target)
        {
            ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.Remedy },
        };

    /// <summary>Both enumerations have the same names; PowerShell numbers them its own way.</summary>
    public static ErrorCategory Category(StorageErrorCategory category) => Enum.Parse<ErrorCategory>(category.ToString());

    /// <summary>
    /// PowerShell tells the activities of several commands apart itself, so one number does for all. Its usual view shows the
    /// activity and the status only, so these two say what happens to what, how much is done and how fast.
    /// </summary>
    public static ProgressRecord Progress(ProgressSample sample) =>
        new(activityId: 1, $"{sample.Activity.Name}: {Path.GetFileName(sample.Activity.Target)}", sample.Operation)
        {
            CurrentOperation = sample.Activity.Target,
            PercentComplete = sample.Percent,
            SecondsRemaining = sample.SecondsRemaining,
            RecordType = sample.Completed ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        };
}
