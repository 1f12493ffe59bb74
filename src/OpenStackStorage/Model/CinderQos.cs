using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>QoS specs as one connection saw them.</summary>
public sealed class CinderQos
{
    private readonly QosSpecs _qos;

    internal CinderQos(QosSpecs qos, OpenStackStorageConnection connection)
    {
        _qos = qos;
        Connection = connection;
    }

    public Guid QosId => _qos.Id;

    /// <summary>Unique.</summary>
    public string Name => _qos.Name;

    /// <summary>Who carries the limits out: <c>back-end</c>, <c>front-end</c> or <c>both</c>.</summary>
    public string Consumer => Word(_qos.Consumer);

    /// <summary><c>total_iops_sec</c>, <c>read_bytes_sec</c> ...</summary>
    public IReadOnlyDictionary<string, string> Specs => _qos.Specs;

    /// <summary>The names of the volume types that have them.</summary>
    public string[] VolumeTypes => [.. Connection.VolumeTypes.ListTypes().Where(type => type.Qos == QosId).Select(type => type.Name)];

    public DateTimeOffset CreatedAt => _qos.CreatedAt;

    public DateTimeOffset UpdatedAt => _qos.UpdatedAt;

    internal OpenStackStorageConnection Connection { get; }

    internal static string Word(QosConsumer consumer) => consumer switch
    {
        QosConsumer.BackEnd => "back-end",
        QosConsumer.FrontEnd => "front-end",
        _ => "both",
    };

    public override string ToString() => Name;
}
