using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Model;

namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that do something to QoS specs: by object, by name or by id.</summary>
public abstract class CinderQosCmdlet : ServiceCmdlet
{
    /// <summary>The parameter set of <see cref="Name"/>, the default one.</summary>
    protected const string NameSet = "Name";

    /// <summary>The parameter set of <see cref="QosId"/>.</summary>
    protected const string QosIdSet = "QosId";

    /// <summary>The parameter set of <see cref="Qos"/>.</summary>
    protected const string QosSet = "Qos";

    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The names of QoS specs, or their ids.")]
    [ArgumentCompleter(typeof(CinderQosNameCompleter))]
    [NameText]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = QosIdSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The ids of QoS specs.")]
    public Guid[] QosId { get; set; } = [];

    [Parameter(ParameterSetName = QosSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "QoS specs, as Get-CinderQos gives them.")]
    [ValidateNotNull]
    public CinderQos[] Qos { get; set; } = [];

    /// <param name="qos">As it is in the store now.</param>
    protected abstract void ProcessQos(CinderQos qos);

    protected sealed override void Process() => Each(
        Qos, given => CinderQosSpecs.Find(Connection ?? given.Connection, given.QosId.ToString()), QosId, id => CinderQosSpecs.Find(Existing, id.ToString()),
        Name, name => CinderQosSpecs.Find(Existing, name), ProcessQos);
}
