namespace OpenStackStorage.Services;

// cinder/volume/qos_specs.py. What a key means is the consumer's business: Cinder knows no list of them.
public sealed partial class VolumeTypeService
{
    public QosSpecs CreateQos(string name, QosConsumer consumer, IReadOnlyDictionary<string, string> specs)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(specs);
        name = name.Trim();
        VolumeTypeRules.CheckName(name);
        CheckQos(specs);
        _access.Require("volume_extension:qos_specs_manage:create");
        DateTimeOffset now = _clock.Now();
        QosSpecs qos = new() { Id = Guid.NewGuid(), Name = name, Consumer = consumer, Specs = new Dictionary<string, string>(specs), CreatedAt = now, UpdatedAt = now };
        return _catalog.Write(writer =>
        {
            if (writer.List(VolumeTables.Qos, ("name", name)).Count > 0)
                throw new ServiceException(ErrorIds.QosConflict, $"QoS specs '{name}' already exist.") { Target = name };
            writer.Put(VolumeTables.Qos, qos);
            return qos;
        });
    }

    public QosSpecs GetQos(string nameOrId)
    {
        _access.Require("volume_extension:qos_specs_manage:get");
        return _catalog.Read(reader => Guid.TryParseExact(nameOrId, "D", out Guid id) && reader.Find(VolumeTables.Qos, id.ToString("D")) is { } found
            ? found
            : reader.List(VolumeTables.Qos, ("name", nameOrId)).SingleOrDefault() ?? throw NoQos(nameOrId));
    }

    public IReadOnlyList<QosSpecs> ListQos()
    {
        _access.Require("volume_extension:qos_specs_manage:get_all");
        return _catalog.Read(reader => reader.List(VolumeTables.Qos));
    }

    public QosSpecs UpdateQos(Guid id, QosConsumer? consumer, IReadOnlyDictionary<string, string> set, IReadOnlyList<string> remove)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(remove);
        CheckQos(set);
        if (consumer is not null || set.Count > 0)
            _access.Require("volume_extension:qos_specs_manage:update");
        if (remove.Count > 0)
            _access.Require("volume_extension:qos_specs_manage:delete");
        return _catalog.Write(writer =>
        {
            QosSpecs qos = FindQos(writer, id);
            Dictionary<string, string> specs = new(qos.Specs);
            foreach (string key in remove)
            {
                if (!specs.Remove(key))
                    throw new ServiceException(ErrorIds.QosNotFound, $"QoS specs '{qos.Name}' have no '{key}'.") { Target = key };
            }

            foreach ((string key, string value) in set)
                specs[key] = value;
            QosSpecs next = qos with { Consumer = consumer ?? qos.Consumer, Specs = specs, UpdatedAt = _clock.Now() };
            writer.Put(VolumeTables.Qos, next);
            return next;
        });
    }

    public void DeleteQos(Guid id, bool force)
    {
        _access.Require("volume_extension:qos_specs_manage:delete");
        _catalog.Write(writer =>
        {
            QosSpecs qos = FindQos(writer, id);
            IReadOnlyList<VolumeType> types = writer.List(VolumeTables.Types, ("qos", id.ToString("D")));
            if (types.Count > 0 && !force)
            {
                throw new ServiceException(ErrorIds.QosInUse, $"QoS specs '{qos.Name}' go with volume types: {string.Join(", ", types.Select(type => type.Name))}.")
                {
                    Target = qos.Name,
                };
            }

            foreach (VolumeType type in types)
                writer.Put(VolumeTables.Types, type with { Qos = null, UpdatedAt = _clock.Now() });
            return writer.Remove(VolumeTables.Qos, id.ToString("D"));
        });
    }

    private static void CheckQos(IReadOnlyDictionary<string, string> specs)
    {
        VolumeTypeRules.CheckSpecs(specs);
        if (specs.ContainsKey("consumer"))
            throw VolumeRules.Invalid("The key of a spec", "'consumer'", "a limit; the consumer is told beside the specs");
    }

    private static QosSpecs FindQos(ICatalogReader catalog, Guid id) => catalog.Find(VolumeTables.Qos, id.ToString("D")) ?? throw NoQos(id.ToString("D"));

    private static ServiceException NoQos(string name) => new(ErrorIds.QosNotFound, $"QoS specs '{name}' could not be found.") { Target = name };
}
