using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>One quota of a project, and what is used of it.</summary>
public sealed class CinderQuota
{
    private readonly VolumeUsage _usage;

    internal CinderQuota(VolumeUsage usage) => _usage = usage;

    public string Project => _usage.Project;

    /// <summary>Cinder's name: <c>gigabytes</c>, <c>volumes_fast</c>.</summary>
    public string Resource => _usage.Resource;

    /// <summary>-1 for none.</summary>
    public long Limit => _usage.Limit;

    public long InUse => _usage.InUse;

    /// <summary>Held by operations that run.</summary>
    public long Reserved => _usage.Reserved;

    /// <summary>Null without a limit; negative where there is more than may be.</summary>
    public long? Left => Limit < 0 ? null : Limit - InUse - Reserved;

    public override string ToString() => $"{Resource} of project '{Project}'";
}
