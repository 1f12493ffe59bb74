using System.Globalization;
using System.Text.RegularExpressions;

namespace OpenStackStorage.Services;

/// <summary>What a backend's settings may be: the options of <c>cinder.conf</c> that they are.</summary>
internal static partial class BackendRules
{
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/>; <see cref="ErrorIds.SchedulerExpressionInvalid"/>.</exception>
    public static void Check(Backend backend)
    {
        Require("The backend's name", backend.Name, Name().IsMatch(backend.Name), "1 to 255 letters, digits, '.', '_' and '-'");
        // cinder/api/validation/parameter_types.py, hostname, without what ends it in host@backend#pool.
        Require("The backend's host", backend.Host, Host().IsMatch(backend.Host), "1 to 255 letters, digits, '-', '.', '_', ':', '/' and '+'");
        RequireText("The availability zone", backend.AvailabilityZone);
        if (backend.VolumeBackendName is { } name)
            RequireText("volume_backend_name", name);
        if (backend.DisabledReason is { } reason)
            RequireText("The reason", reason);
        RequireRange("reserved_percentage", backend.ReservedPercentage, 0, 100);
        RequireRange("image_volume_cache_max_size_gb", backend.ImageCacheMaxSizeGiB, 0, int.MaxValue);
        RequireRange("image_volume_cache_max_count", backend.ImageCacheMaxCount, 0, int.MaxValue);
        RequireRange("volume_clear_size", backend.ClearSizeMiB, 0, 1024);
        if (backend.MaxOverSubscriptionRatio is { } ratio)
            Require("max_over_subscription_ratio", ratio.ToString(CultureInfo.InvariantCulture), ratio >= 1 && double.IsFinite(ratio), "1 or more, or auto");
        RequireExpression("filter_function", backend.FilterFunction);
        RequireExpression("goodness_function", backend.GoodnessFunction);
    }

    // Cinder finds it when the scheduler first asks, and then every volume is refused.
    private static void RequireExpression(string name, string? expression)
    {
        try
        {
            if (expression is not null)
                _ = SchedulerExpression.Parse(expression);
        }
        catch (ServiceException error)
        {
            throw new ServiceException(ErrorIds.SchedulerExpressionInvalid, $"{name} is not valid: {error.Message}", error)
            {
                Target = name,
                Found = error.Found,
                Expected = error.Expected,
            };
        }
    }

    private static void RequireText(string name, string text) =>
        Require(name, text, !string.IsNullOrWhiteSpace(text) && text.Length <= 255, "1 to 255 characters, not only spaces");

    private static void RequireRange(string name, int found, int least, int most) =>
        Require(name, found.ToString(CultureInfo.InvariantCulture), found >= least && found <= most, string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"));

    private static void Require(string name, string found, bool isValid, string expected)
    {
        if (!isValid)
            throw VolumeRules.Invalid(name, $"'{found}'", expected);
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9._\-]{1,255}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[a-zA-Z0-9\-._:/+]{1,255}\z")]
    private static partial Regex Host();
}
