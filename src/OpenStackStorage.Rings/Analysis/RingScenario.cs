using System.Text.Json;

namespace OpenStackStorage.Rings;

/// <summary>One rebalance of a scenario.</summary>
/// <param name="Round">From 1.</param>
/// <param name="Number">The rebalance in its round, from 1.</param>
public sealed record ScenarioRebalance(int Round, int Number, RebalanceResult Result);

/// <summary>A change in a scenario's round: a device to add, to remove or to reweight, or a moment to save.</summary>
/// <param name="Add">The device to add.</param>
/// <param name="Device">The device to remove, or to reweight if there is a weight.</param>
/// <param name="SavePath">Where to save the builder; what runs the scenario does it, or not.</param>
public sealed record ScenarioCommand(RingDeviceSpec? Add = null, RingDeviceId? Device = null, double? Weight = null, string? SavePath = null);

/// <summary>
/// Rounds of changes, each followed by rebalances until the ring settles: to see beforehand how a ring will move. Source:
/// swift/cli/ring_builder_analyzer.py, whose files it reads.
/// </summary>
public sealed record RingScenario
{
    public required int PartPower { get; init; }

    public required double Replicas { get; init; }

    public required double Overload { get; init; }

    public required RingSeed Seed { get; init; }

    public required IReadOnlyList<IReadOnlyList<ScenarioCommand>> Rounds { get; init; }

    /// <exception cref="RingException"><see cref="ErrorIds.RingScenarioInvalid"/>.</exception>
    public static RingScenario Parse(string json) => RingScenarioReader.Read(json);

    /// <summary>Runs the rounds; each rebalance comes out as soon as it is done.</summary>
    /// <param name="save">Called where the scenario saves its builder; saves are left out if null.</param>
    public IEnumerable<ScenarioRebalance> Run(
        PythonSum sum = PythonSum.Compensated, Action<RingBuilder, string>? save = null, CancellationToken token = default)
    {
        RingBuilder builder = new(PartPower, Replicas, minPartHours: 1) { PythonSum = sum };
        builder.SetOverload(Overload);
        for (int round = 0; round < Rounds.Count; round++)
        {
            foreach (ScenarioCommand command in Rounds[round])
                Apply(command, builder, save);
            RebalanceResult? before = null;
            for (int number = 1; ; number++)
            {
                RebalanceResult result = builder.Rebalance(new RebalanceOptions { Seed = Seed }, token: token);
                builder.PretendMinPartHoursPassed();
                yield return new ScenarioRebalance(round + 1, number, result);
                if (before is not null && IsSettled(before, result))
                    break;
                before = result;
            }
        }
    }

    private static bool IsSettled(RebalanceResult before, RebalanceResult now)
    {
        bool isDraining = before.Balance == RingBuilder.MaximumBalance && now.Balance == RingBuilder.MaximumBalance;
        return now.IsUnchanged || (Math.Abs(now.Balance - before.Balance) < 1 && !isDraining);
    }

    private static void Apply(ScenarioCommand command, RingBuilder builder, Action<RingBuilder, string>? save)
    {
        if (command.Add is { } device)
            builder.AddDevice(device);
        else if (command.SavePath is { } path)
            save?.Invoke(builder, path);
        else if (command.Weight is { } weight)
            builder.SetWeight(command.Device!.Value, weight);
        else
            builder.RemoveDevice(command.Device!.Value);
    }
}

/// <summary>Reads scenarios and names the round and command that is wrong.</summary>
internal static class RingScenarioReader
{
    public static RingScenario Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw Invalid($"The scenario is not a JSON object.");
            int partPower = (int)Number(root, "part_power", 1, RingBuilder.MaximumPartPower, isWhole: true);
            return new RingScenario
            {
                PartPower = partPower,
                Replicas = Number(root, "replicas", 1, RingBuilder.MaximumReplicas),
                Overload = Number(root, "overload", 0, double.MaxValue),
                Seed = RingSeed.FromInteger((long)Number(root, "random_seed", -(1L << 53), 1L << 53, isWhole: true)),
                Rounds = Rounds(root),
            };
        }
        catch (JsonException exception)
        {
            throw Invalid($"The scenario is not JSON: {exception.Message}");
        }
    }

    private static List<IReadOnlyList<ScenarioCommand>> Rounds(JsonElement root)
    {
        if (!root.TryGetProperty("rounds", out JsonElement rounds) || rounds.ValueKind != JsonValueKind.Array)
            throw Invalid($"The scenario has no array 'rounds'.");
        List<IReadOnlyList<ScenarioCommand>> all = [];
        foreach (JsonElement round in rounds.EnumerateArray())
        {
            if (round.ValueKind != JsonValueKind.Array)
                throw Invalid($"Round {all.Count} is not an array.");
            List<ScenarioCommand> commands = [];
            foreach (JsonElement command in round.EnumerateArray())
                commands.Add(Command(command, all.Count, commands.Count));
            all.Add(commands);
        }

        return all;
    }

    private static ScenarioCommand Command(JsonElement command, int round, int index)
    {
        JsonElement[] items = command.ValueKind == JsonValueKind.Array ? [.. command.EnumerateArray()] : [];
        string name = items.Length > 0 && items[0].ValueKind == JsonValueKind.String ? items[0].GetString()! : "";
        switch (name, items.Length)
        {
            case ("add", 3) when items[1].ValueKind == JsonValueKind.String:
                return new ScenarioCommand(Add: RingDeviceSpec.Parse(items[1].GetString()!, Weight(items[2])));
            case ("remove", 2):
                return new ScenarioCommand(Device: Id(items[1]));
            case ("set_weight", 3):
                return new ScenarioCommand(Device: Id(items[1]), Weight: Weight(items[2]));
            case ("save", 2) when items[1].ValueKind == JsonValueKind.String:
                return new ScenarioCommand(SavePath: items[1].GetString());
            default:
                throw Invalid($"Round {round}, command {index} is {command.GetRawText()}: expected [\"add\", device, weight], [\"remove\", id], [\"set_weight\", id, weight] or [\"save\", path].");
        }

        double Weight(JsonElement item) => Value(item) is { } weight && weight >= 0 && double.IsFinite(weight)
            ? weight
            : throw Invalid($"Round {round}, command {index}: the weight is {item.GetRawText()}; expected 0 or a positive number.");

        RingDeviceId Id(JsonElement item) => Value(item) is { } id && id >= 0 && id <= RingDevice.MaximumId && id == Math.Floor(id)
            ? new RingDeviceId((int)id)
            : throw Invalid($"Round {round}, command {index}: the device id is {item.GetRawText()}; expected 0 or a whole number.");
    }

    private static double Number(JsonElement root, string name, double least, double most, bool isWhole = false)
    {
        if (!root.TryGetProperty(name, out JsonElement item))
            throw Invalid($"The scenario has no '{name}'.");
        return Value(item) is { } number && number >= least && number <= most && (!isWhole || number == Math.Floor(number))
            ? number
            : throw Invalid($"'{name}' of the scenario is {item.GetRawText()}: expected a {(isWhole ? "whole " : "")}number of {least:R} to {most:R}.");
    }

    /// <summary>A number, or a text of one: Python's int() and float() take both.</summary>
    private static double? Value(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.Number => item.GetDouble(),
        JsonValueKind.String when double.TryParse(item.GetString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out double number) => number,
        _ => null,
    };

    private static RingException Invalid(FormattableString message) => new(ErrorIds.RingScenarioInvalid, RingErrors.Text(message));
}
