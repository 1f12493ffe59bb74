using System.Text.Json;

namespace OpenStackStorage.Services.Tests.Scheduling;

/// <summary>Cinder's own modules have answered the same questions. Where they end with an error, nothing passes here.</summary>
public sealed class RecordedSchedulerTests
{
    [Fact]
    public void Expressions_have_the_values_that_Cinder_gives_them()
    {
        ExpressionScopes scopes = [];
        int values = 0;
        foreach (JsonElement record in SchedulerRecords.Read("evaluator"))
        {
            if (record.TryGetProperty("variables", out JsonElement variables))
            {
                foreach (JsonProperty scope in variables.EnumerateObject())
                    scopes[scope.Name] = SchedulerRecords.Values(scope.Value);
                scopes["stats"] = new Dictionary<string, object?>(scopes["stats"]) { ["inf"] = double.PositiveInfinity };
                continue;
            }

            string text = record.GetProperty("expression").GetString()!;
            // A root of a negative number is a complex number in Python; here there are none.
            if (record.TryGetProperty("error", out _) || record.GetProperty("type").GetString() == "complex")
            {
                ServiceException e = Assert.Throws<ServiceException>(() => SchedulerExpression.Parse(text).Evaluate(scopes));
                Assert.Equal(ErrorIds.SchedulerExpressionInvalid, e.Id);
                continue;
            }

            object value = SchedulerExpression.Parse(text).Evaluate(scopes);
            Assert.True(SchedulerRecords.Is(value, record), $"{text} is {DynamicValue.Describe(value)}, not {record}");
            values++;
        }

        Assert.InRange(values, 350, 700);
    }

    [Fact]
    public void Extra_specs_match_what_they_match_in_Cinder()
    {
        foreach (JsonElement record in SchedulerRecords.Read("extra-specs"))
        {
            object? value = DynamicValue.From(record.GetProperty("reported"));
            string requirement = record.GetProperty("requirement").GetString()!;
            if (SchedulerRecords.Answer(record) is { } answer)
                Assert.True(ExtraSpecs.Match(value, requirement) == answer, record.ToString());
            else
                Assert.Throws<DynamicValueException>(() => ExtraSpecs.Match(value, requirement));
        }
    }

    [Fact]
    public void Capabilities_are_compared_as_by_Cinder()
    {
        CapabilitiesFilter filter = new();
        foreach (JsonElement record in SchedulerRecords.Read("capabilities"))
        {
            PoolState pool = new() { Name = "host@backend#p", Capabilities = SchedulerRecords.Values(record.GetProperty("capabilities")) };
            SchedulerRequest request = new()
            {
                SizeGiB = 1,
                ExtraSpecs = SchedulerRecords.Texts(record.GetProperty("specs")),
                Operation = record.GetProperty("operation").GetString() == "extend_volume" ? SchedulerOperation.Extend : SchedulerOperation.Create,
                IsAttached = record.GetProperty("attached").GetBoolean(),
            };
            Check(filter.Passes(pool, request), record);
        }
    }

    [Fact]
    public void Room_is_counted_as_by_Cinder()
    {
        CapacityFilter filter = new();
        foreach (JsonElement record in SchedulerRecords.Read("capacity"))
        {
            PoolState pool = SchedulerRecords.Pool(record.GetProperty("pool"));
            JsonElement newSize = record.GetProperty("new_size");
            bool exists = record.GetProperty("exists").GetBoolean();
            SchedulerRequest request = new()
            {
                SizeGiB = record.GetProperty("size").GetInt64(),
                NewSizeGiB = newSize.ValueKind == JsonValueKind.Null ? null : newSize.GetInt64(),
                Operation = exists ? SchedulerOperation.Retype
                    : newSize.ValueKind == JsonValueKind.Null ? SchedulerOperation.Create : SchedulerOperation.Extend,
                CurrentPool = exists ? pool.Name : null,
                ExtraSpecs = SchedulerRecords.Texts(record.GetProperty("specs")),
            };
            Assert.Equal(record.GetProperty("ratio").GetDouble(), pool.MaxOverSubscriptionRatio);
            if (record.GetProperty("virtual_free") is { ValueKind: JsonValueKind.Number } free)
                Assert.Equal(free.GetDouble(), CapacityFactors.Of(pool, pool.MaxOverSubscriptionRatio, request.WantsThin).VirtualFree);
            Check(filter.Passes(pool, request), record);
        }
    }

    [Fact]
    public void Filter_functions_decide_as_in_Cinder()
    {
        DriverFilter filter = new();
        foreach (JsonElement record in SchedulerRecords.Read("driver-filter"))
            Check(filter.Passes(SchedulerRecords.Pool(record.GetProperty("pool")), Request(record, [])), record);
    }

    [Fact]
    public void Queries_are_answered_as_by_Cinder()
    {
        JsonFilter filter = new();
        PoolState? pool = null;
        foreach (JsonElement record in SchedulerRecords.Read("json-filter"))
        {
            if (pool is null)
                pool = SchedulerRecords.Pool(record.GetProperty("pool"));
            else
                Check(filter.Passes(pool, SchedulerSamples.Hint("query", record.GetProperty("query").GetString())), record);
        }
    }

    [Fact]
    public void Pools_are_weighed_as_by_Cinder()
    {
        foreach (JsonElement record in SchedulerRecords.Read("weights"))
        {
            SchedulerOptions options = new()
            {
                Filters = [],
                Weighers = [.. record.GetProperty("weighers").EnumerateArray().Select(name => name.GetString()!)],
                CapacityWeightMultiplier = record.GetProperty("capacity").GetDouble(),
                AllocatedCapacityWeightMultiplier = record.GetProperty("allocated").GetDouble(),
                VolumeNumberMultiplier = record.GetProperty("volumes").GetDouble(),
            };
            PoolState[] pools = [.. record.GetProperty("pools").EnumerateArray().Select(SchedulerRecords.Pool)];
            SchedulerRequest request = Request(record, SchedulerRecords.Texts(record.GetProperty("specs")));
            SchedulerDecision decision = SchedulerSamples.Choose(options, request, pools);
            Assert.Equal(
                record.GetProperty("order").EnumerateArray().Select(one => (one[0].GetString()!, DynamicValue.TryParseDouble(one[1].GetString()!))),
                decision.Pools.Select(report => (report.Pool.Pool, report.Weight)));
            Assert.Equal(decision.Pools[0].Pool, decision.Chosen);
        }
    }

    private static SchedulerRequest Request(JsonElement record, Dictionary<string, string> specs)
    {
        specs["weight"] = "30";
        return new()
        {
            SizeGiB = record.GetProperty("size").GetInt64(),
            ExtraSpecs = specs,
            QosSpecs = new Dictionary<string, string> { ["max_iops"] = "5000" },
        };
    }

    private static void Check(PoolVerdict verdict, JsonElement record) =>
        Assert.True(verdict.Passes == (SchedulerRecords.Answer(record) ?? false), $"{verdict} for {record}");
}
