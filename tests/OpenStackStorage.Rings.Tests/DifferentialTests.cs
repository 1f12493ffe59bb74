using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace OpenStackStorage.Rings.Tests;

/// <summary>Random rings, built here and by the installed Swift in the same steps.</summary>
public class DifferentialTests
{
    private const int Rings = 320;

    [NeedsSwiftFact]
    public void Random_rings_are_the_same_after_three_rebalances()
    {
        using SwiftProcess swift = new();
        int compared = 0, refused = 0;
        for (int seed = 0; seed < Rings; seed++)
        {
            TwinRings twins = new(swift, new Random(seed), seed);
            for (int step = 0; step < 3; step++)
            {
                if (twins.Rebalance(step))
                    compared++;
                else
                    refused++;
                twins.Change();
            }
        }

        Assert.True(compared > 2 * refused, $"{compared} rebalances, {refused} refusals");
        Assert.True(compared + refused == 3 * Rings);
    }

    [NeedsSwiftFact]
    public void Names_primaries_and_handoffs_are_found_as_Swift_finds_them()
    {
        using SwiftProcess swift = new();
        for (int seed = 1000; seed < 1040; seed++)
        {
            TwinRings twins = new(swift, new Random(seed), seed);
            if (twins.Rebalance(0))
                twins.CompareLookups();
        }
    }

    [NeedsSwiftFact]
    public void Dispersion_reports_and_required_overloads_are_equal()
    {
        using SwiftProcess swift = new();
        for (int seed = 2000; seed < 2060; seed++)
        {
            TwinRings twins = new(swift, new Random(seed), seed);
            if (twins.Rebalance(0))
                twins.CompareReports();
        }
    }

    [NeedsSwiftFact]
    public void Rings_of_a_greater_part_power_are_the_same()
    {
        using SwiftProcess swift = new();
        for (int seed = 3000; seed < 3020; seed++)
        {
            TwinRings twins = new(swift, new Random(seed), seed);
            if (!twins.Rebalance(0))
                continue;
            twins.IncreasePartPower();
            twins.Change();
            twins.Rebalance(1);
        }
    }

    internal static string Digest(RingAssignments? table)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (ushort[] row in table?.Narrow ?? [])
            hash.AppendData(MemoryMarshal.AsBytes(row.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    internal static string Digest(byte[] bytes)
    {
#pragma warning disable CA5351 // Compares with what the script says; protects nothing.
        return Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351
    }

    internal static double[] Numbers(JsonNode? list) => [.. list!.AsArray().Select(item => item!.GetValue<double>())];
}
