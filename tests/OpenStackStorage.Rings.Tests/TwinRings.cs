using System.Text.Json.Nodes;

namespace OpenStackStorage.Rings.Tests;

/// <summary>A ring here and one in Swift that get the same commands.</summary>
internal sealed class TwinRings
{
    private readonly SwiftProcess _swift;
    private readonly Random _random;
    private readonly int _seed;
    private readonly RingBuilder _builder;
    private int _nextDevice;

    public TwinRings(SwiftProcess swift, Random random, int seed)
    {
        _swift = swift;
        _random = random;
        _seed = seed;
        double replicas = random.Next(3) == 0 ? Math.Round(1 + (random.NextDouble() * 5), 2) : random.Next(1, 6);
        int partPower = random.Next(11);
        int hours = random.Next(3);
        double overload = random.Next(3) == 0 ? 0 : Math.Round(random.NextDouble(), 2);
        _builder = new RingBuilder(partPower, replicas, hours) { PythonSum = swift.Sum };
        _builder.SetOverload(overload);
        swift.Call("new", partPower, replicas, hours, overload);
        int servers = random.Next(1, 12);
        for (int server = 0; server < servers; server++)
            AddServer();
    }

    /// <summary>Rebalances both; false if both refuse.</summary>
    public bool Rebalance(int step)
    {
        string where = $"ring {_seed}, rebalance {step}";
        RebalanceOptions options = new() { Compatible = true, Seed = step == 2 ? RingSeed.FromText($"seed {_seed} ä") : RingSeed.FromInteger(_seed + step) };
        JsonNode theirs = _swift.Call("rebalance", step == 2 ? $"seed {_seed} ä" : _seed + step)!;
        if (theirs["error"] is { } error)
        {
            RingException refusal = Assert.Throws<RingException>(() => _builder.Rebalance(options));
            Assert.Contains(refusal.Id, new[] { ErrorIds.RingDevicesTooFew, ErrorIds.RingEmpty, ErrorIds.RingUnsolvable });
            Assert.False(string.IsNullOrEmpty(error.GetValue<string>()));
            // Swift gives a refused rebalance's builder other ages of moves; ours is as it was. Both start over.
            return false;
        }

        RebalanceResult ours = _builder.Rebalance(options);
        Assert.Equal((where, theirs["rows"]!.GetValue<string>()), (where, DifferentialTests.Digest(_builder.Assignments)));
        Assert.Equal((where, theirs["moved"]!.GetValue<long>()), (where, ours.PartsMoved));
        Assert.Equal((where, theirs["removed"]!.GetValue<int>()), (where, ours.RemovedDevices));
        Assert.Equal((where, theirs["balance"]!.GetValue<double>()), (where, ours.Balance));
        Assert.Equal((where, theirs["dispersion"]!.GetValue<double>()), (where, ours.Dispersion));
        CompareState(theirs, where);
        JsonArray graph = theirs["graph"]!.AsArray();
        Assert.Equal(graph.Select(pair => pair![0]!.GetValue<string>()), _builder.DispersionGraph.Select(pair => Name(pair.Key)));
        Assert.Equal(graph.SelectMany(pair => DifferentialTests.Numbers(pair![1])), _builder.DispersionGraph.SelectMany(pair => pair.Value).Select(count => (double)count));
        return true;
    }

    /// <summary>Adds, removes, reweights and moves devices, and sometimes changes the numbers of the ring.</summary>
    public void Change()
    {
        if (_random.Next(4) != 0)
        {
            _builder.PretendMinPartHoursPassed();
            _swift.Call("pretend");
        }

        int changes = _random.Next(1, 5);
        for (int i = 0; i < changes; i++)
            ChangeOne();
    }

    public void IncreasePartPower()
    {
        _builder.PreparePartPowerIncrease();
        _swift.Call("power", "prepare");
        _builder.IncreasePartPower();
        _swift.Call("power", "increase");
        _builder.FinishPartPowerIncrease();
        CompareState(_swift.Call("power", "finish")!, $"ring {_seed}, increased");
    }

    public void CompareLookups()
    {
        Ring ring = new(_builder.GetRing());
        HashPath hashPath = new("start", "end");
        string[][] names = [["AUTH_a"], ["AUTH_a", "c"], ["AUTH_a", "c", "o"], ["AUTH_ä", "ö", "日本/ü"], ["", "c", new string('x', 2000)]];
        int[] partitions = [.. Enumerable.Range(0, 20).Select(_ => _random.Next(ring.Parts))];
        JsonNode theirs = _swift.Call("lookup", names, partitions)!;
        Assert.Equal(
            DifferentialTests.Numbers(theirs["partitions"]),
            names.Select(name => (double)ring.GetPartition(hashPath, name[0], name.ElementAtOrDefault(1), name.ElementAtOrDefault(2)).Value));
        for (int i = 0; i < partitions.Length; i++)
        {
            RingPartition partition = new(partitions[i]);
            Assert.Equal(DifferentialTests.Numbers(theirs["primaries"]![i]), ring.GetPrimaries(partition).Select(device => (double)device.Id.Value));
            Assert.Equal(DifferentialTests.Numbers(theirs["handoffs"]![i]), ring.GetHandoffs(partition).Select(device => (double)device.Id.Value));
        }
    }

    public void CompareReports()
    {
        JsonNode theirs = _swift.Call("report")!;
        DispersionReport ours = DispersionReport.Create(_builder, compatible: true);
        Assert.Equal(theirs["max"]!.GetValue<double>(), ours.MaximumDispersion);
        Assert.Equal(theirs["worst"]?.GetValue<string>(), ours.Worst?.Name);
        Assert.Equal(theirs["overload"]!.GetValue<double>(), _builder.GetRequiredOverload());
        JsonArray graph = theirs["graph"]!.AsArray();
        Assert.Equal(graph.Count, ours.Tiers.Count);
        for (int i = 0; i < graph.Count; i++)
        {
            DispersionTier tier = ours.Tiers[i];
            Assert.Equal(
                (graph[i]![0]!.GetValue<string>(), graph[i]![1]!.GetValue<int>(), graph[i]![2]!.GetValue<long>(), graph[i]![3]!.GetValue<double>()),
                (tier.Name, tier.MaximumReplicas, tier.PlacedParts, tier.Dispersion));
        }
    }

    private void CompareState(JsonNode theirs, string where)
    {
        Assert.Equal((where, theirs["rows"]!.GetValue<string>()), (where, DifferentialTests.Digest(_builder.Assignments)));
        Assert.Equal((where, theirs["moves"]!.GetValue<string>()), (where, DifferentialTests.Digest(_builder.LastPartMoves)));
        Assert.Equal((where, theirs["start"]!.GetValue<int>()), (where, _builder.LastPartGatherStart));
        Assert.Equal((where, theirs["version"]!.GetValue<int>()), (where, _builder.Version));
        Assert.Equal(
            theirs["devices"]!.AsArray().Select(device => string.Join(' ', DifferentialTests.Numbers(device))),
            _builder.Devices.Where(device => device is not null).Select(device => string.Join(' ', (double)device!.Id.Value, device.Parts, device.PartsWanted ?? 0, device.Weight)));
    }

    private void ChangeOne()
    {
        RingDevice[] devices = [.. _builder.Devices.Where(device => device is not null && !_builder.IsRemoved(device))!];
        if (devices.Length == 0)
        {
            AddServer();
            return;
        }

        RingDevice device = devices[_random.Next(devices.Length)];
        switch (_random.Next(9))
        {
            case 0:
                AddServer();
                break;
            case 1:
                _builder.RemoveDevice(device.Id);
                _swift.Call("remove", device.Id.Value);
                break;
            case 2:
                _builder.SetWeight(device.Id, 0);
                _swift.Call("weight", device.Id.Value, 0.0);
                break;
            case 3:
                double replicas = Math.Round(1 + (_random.NextDouble() * 4), 1);
                _builder.SetReplicas(replicas);
                _swift.Call("replicas", replicas);
                break;
            case 4:
                double overload = Math.Round(_random.NextDouble() * 0.5, 2);
                _builder.SetOverload(overload);
                _swift.Call("overload", overload);
                break;
            case 5:
                int region = _random.Next(1, 4);
                _builder.SetRegion(device.Id, region);
                _swift.Call("region", device.Id.Value, region);
                break;
            case 6:
                int zone = _random.Next(1, 5);
                _builder.SetZone(device.Id, zone);
                _swift.Call("zone", device.Id.Value, zone);
                break;
            default:
                double weight = _random.NextDouble() * 200;
                _builder.SetWeight(device.Id, weight);
                _swift.Call("weight", device.Id.Value, weight);
                break;
        }
    }

    private void AddServer()
    {
        int region = _random.Next(1, 4), zone = _random.Next(1, 5), disks = _random.Next(1, 6);
        string ip = $"10.{_random.Next(3)}.0.{_random.Next(1, 120)}";
        for (int disk = 0; disk < disks; disk++)
        {
            double weight = _random.Next(12) == 0 ? 0 : _random.Next(2) == 0 ? 100 : _random.NextDouble() * 100;
            string name = $"d{_nextDevice++}";
            RingDevice device = _builder.AddDevice(new RingDeviceSpec { Region = region, Zone = zone, Ip = ip, Port = 6200 + disk, Device = name, Weight = weight });
            JsonNode? id = _swift.Call("add", new { region, zone, ip, port = 6200 + disk, device = name, weight, meta = "" });
            Assert.Equal(id!.GetValue<int>(), device.Id.Value);
        }
    }

    private static string Name(RingTier tier) =>
        string.Join('/', new object?[] { tier.Region, tier.Zone, tier.Ip, tier.Device?.Value }.Where(part => part is not null));
}
