using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that do something to volumes' snapshots: by object, by name or by id.</summary>
public abstract class CinderSnapshotCmdlet : ServiceCmdlet
{
    /// <summary>The parameter set of <see cref="Name"/>, the default one.</summary>
    protected const string NameSet = "Name";

    /// <summary>The parameter set of <see cref="SnapshotId"/>.</summary>
    protected const string SnapshotIdSet = "SnapshotId";

    /// <summary>The parameter set of <see cref="Snapshot"/>.</summary>
    protected const string SnapshotSet = "Snapshot";

    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0, ValueFromPipeline = true,
        HelpMessage = "The snapshots' names, or their ids. A name that several snapshots have is refused.")]
    [ArgumentCompleter(typeof(CinderSnapshotNameCompleter))]
    [NameText]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = SnapshotIdSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The snapshots' ids.")]
    public Guid[] SnapshotId { get; set; } = [];

    [Parameter(ParameterSetName = SnapshotSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Snapshots, as Get-CinderSnapshot gives them.")]
    [ValidateNotNull]
    public CinderSnapshot[] Snapshot { get; set; } = [];

    /// <summary>Handles one snapshot.</summary>
    /// <param name="snapshot">As it is in the store now.</param>
    protected abstract void ProcessSnapshot(CinderSnapshot snapshot);

    protected sealed override void Process() => Each(
        Snapshot, given => CinderSnapshots.Get(Connection ?? given.Connection, given.Id), SnapshotId, id => CinderSnapshots.Get(Existing, new SnapshotId(id)),
        Name, name => CinderSnapshots.Find(Existing, name), ProcessSnapshot);
}
