using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>
/// The hint <c>query</c> holds: JSON such as <c>["and", ["&gt;=", "$free_capacity_gb", 100], ["=", "$pool_name", "fast"]]</c>.
/// <c>filters/json_filter.py</c>. Terms without a value are left out; <c>not</c> makes a list, which <c>and</c> takes for true and the
/// outermost level asks for any. Where Cinder ends the request with an error, the pool fails.
/// </summary>
public sealed class JsonFilter : IPoolFilter
{
    public string Name => nameof(JsonFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        object? hint = DynamicValue.From(request.Hints.GetValueOrDefault("query"));
        if (!DynamicValue.IsTruthy(hint))
            return PoolVerdict.Pass("no hint query");
        if (hint is not string text)
            return PoolVerdict.Fail("the hint query is no text");
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            object? result = new Query(pool).Ask(DynamicValue.From(json.RootElement));
            bool holds = result is List<object?> list ? list.Any(DynamicValue.IsTruthy) : DynamicValue.IsTruthy(result);
            return new(holds, holds ? "the query holds" : $"the query {text} does not hold");
        }
        catch (Exception e) when (e is JsonException or DynamicValueException)
        {
            return PoolVerdict.Fail($"the query can not be answered: {e.Message}");
        }
    }

    private sealed class Query(PoolState pool)
    {
        private readonly Lazy<IReadOnlyDictionary<string, object?>> _attributes = new(() => Attributes(pool));

        public object? Ask(object? query)
        {
            if (!DynamicValue.IsTruthy(query))
                return true;
            if (query is not List<object?> list || list[0] is not string command)
                throw new DynamicValueException("a query is a list that begins with a command");
            List<object?> terms = [];
            foreach (object? term in list.Skip(1))
            {
                object? value = term is List<object?> ? Ask(term) : term is string text ? Look(text) : term;
                if (value is not null)
                    terms.Add(value);
            }

            return Answer(command, terms);
        }

        private static object Answer(string command, List<object?> terms) => command switch
        {
            "=" => Compare(terms, DynamicValue.AreEqual),
            "<" => Compare(terms, (a, b) => DynamicValue.Compare(a, b) < 0),
            ">" => Compare(terms, (a, b) => DynamicValue.Compare(a, b) > 0),
            "<=" => Compare(terms, (a, b) => DynamicValue.Compare(a, b) <= 0),
            ">=" => Compare(terms, (a, b) => DynamicValue.Compare(a, b) >= 0),
            "in" => terms.Count > 1 && terms.Skip(1).Any(term => DynamicValue.AreEqual(terms[0], term)),
            "not" => terms.ConvertAll(term => (object?)!DynamicValue.IsTruthy(term)),
            "or" => terms.Any(DynamicValue.IsTruthy),
            "and" => terms.All(DynamicValue.IsTruthy),
            _ => throw new DynamicValueException($"'{command}' is no command: there are = < > in <= >= not or and"),
        };

        // The first against all others, each of which is asked: one that can not be compared is an error wherever it stands.
        private static bool Compare(List<object?> terms, Func<object?, object?, bool> holds)
        {
            bool all = terms.Count > 1;
            foreach (object? term in terms.Skip(1))
                all &= holds(terms[0], term);
            return all;
        }

        private object? Look(string text)
        {
            if (text.Length == 0)
                return null;
            if (text[0] != '$')
                return text;
            string[] path = text[1..].Split('.');
            object? value = DynamicValue.From(_attributes.Value.GetValueOrDefault(path[0]));
            foreach (string name in path[1..])
            {
                if (value is null)
                    return null;
                if (value is not IReadOnlyDictionary<string, object?> map)
                    throw new DynamicValueException($"'{text}': {DynamicValue.Describe(value)} has no '{name}'");
                value = DynamicValue.From(map.GetValueOrDefault(name));
            }

            return value;
        }

        // The attributes of Cinder's PoolState.
        private static Dictionary<string, object?> Attributes(PoolState pool)
        {
            IReadOnlyDictionary<string, object?> all = pool.AllCapabilities();
            Dictionary<string, object?> attributes = new()
            {
                ["host"] = pool.Name,
                ["backend_id"] = pool.Name,
                ["capabilities"] = all,
                ["service"] = new Dictionary<string, object?>
                {
                    ["host"] = pool.Host,
                    ["availability_zone"] = pool.AvailabilityZone,
                    ["disabled"] = pool.IsDisabled,
                },
                ["QoS_support"] = all.GetValueOrDefault("QoS_support") ?? false,
                ["filter_function"] = pool.FilterFunction,
                ["goodness_function"] = pool.GoodnessFunction,
            };
            string[] reported =
            [
                "pool_name", "volume_backend_name", "vendor_name", "driver_version", "storage_protocol", "total_capacity_gb", "free_capacity_gb",
                "allocated_capacity_gb", "provisioned_capacity_gb", "max_over_subscription_ratio", "reserved_percentage", "thin_provisioning_support",
                "thick_provisioning_support", "multiattach",
            ];
            foreach (string name in reported)
                attributes[name] = all.GetValueOrDefault(name);
            return attributes;
        }
    }
}
