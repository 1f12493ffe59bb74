using System.Numerics;
using System.Text.Json;

namespace OpenStackStorage.Services.Tests.Scheduling;

/// <summary>What Cinder answered: Data/cinder-scheduler.</summary>
internal static class SchedulerRecords
{
    public static IEnumerable<JsonElement> Read(string name)
    {
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "cinder-scheduler", name + ".jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }

    /// <summary>The answer; null where Cinder ends with an error.</summary>
    public static bool? Answer(JsonElement record) =>
        record.TryGetProperty("error", out _) ? null : record.GetProperty("value").GetString() == "True";

    public static PoolState Pool(JsonElement reported)
    {
        string? setting = reported.TryGetProperty("max_over_subscription_ratio", out JsonElement ratio) ? ratio.ToString() : null;
        double? number = setting == "auto" ? null
            : string.IsNullOrEmpty(setting) ? CapacityFactors.DefaultOverSubscriptionRatio : DynamicValue.TryParseDouble(setting);
        PoolState pool = new()
        {
            Name = "host@backend#" + reported.GetProperty("pool_name").GetString(),
            TotalCapacityGiB = Capacity(reported.GetProperty("total_capacity_gb"))!.Value,
            FreeCapacityGiB = Capacity(reported.GetProperty("free_capacity_gb")),
            AllocatedCapacityGiB = reported.GetProperty("allocated_capacity_gb").GetDouble(),
            ReservedPercentage = reported.GetProperty("reserved_percentage").GetDouble(),
            ThinProvisioningSupport = reported.GetProperty("thin_provisioning_support").GetBoolean(),
            ThickProvisioningSupport = reported.GetProperty("thick_provisioning_support").GetBoolean(),
            FilterFunction = Text(reported, "filter_function"),
            GoodnessFunction = Text(reported, "goodness_function"),
            TotalVolumes = reported.TryGetProperty("total_volumes", out JsonElement volumes) ? volumes.GetInt32() : 0,
            Capabilities = new Dictionary<string, object?>(Values(reported).Where(member => member.Key is "enabled" or "opt" or "n"))
            {
                ["storage_protocol"] = "iSCSI",
            },
        };
        if (reported.TryGetProperty("provisioned_capacity_gb", out JsonElement provisioned))
            pool = pool with { ProvisionedCapacityGiB = provisioned.GetDouble() };
        return pool with { MaxOverSubscriptionRatio = CapacityFactors.OverSubscriptionRatio(number, pool) };
    }

    public static Dictionary<string, string> Texts(JsonElement map) =>
        map.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString()!);

    public static Dictionary<string, object?> Values(JsonElement map) =>
        map.EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value);

    /// <summary>True where a value is the one that was recorded, of the same kind.</summary>
    public static bool Is(object? value, JsonElement record) => record.GetProperty("type").GetString() switch
    {
        "bool" => value is bool yes && yes == (record.GetProperty("value").GetString() == "True"),
        "int" => value is BigInteger number && number == BigInteger.Parse(record.GetProperty("value").GetString()!, null),
        "float" => value is double real && real.Equals(DynamicValue.TryParseDouble(record.GetProperty("value").GetString()!)!.Value),
        "str" => value is string text && text == record.GetProperty("value").GetString(),
        "list" => value is List<object?> list && list.Zip(record.GetProperty("value").EnumerateArray(), Is).All(same => same)
            && list.Count == record.GetProperty("value").GetArrayLength(),
        _ => false,
    };

    private static PoolCapacity? Capacity(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString() == "infinite" ? PoolCapacity.Infinite : PoolCapacity.Unknown,
        _ => value.GetDouble(),
    };

    private static string? Text(JsonElement map, string name) => map.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
