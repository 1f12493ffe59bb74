using OpenStackStorage.Fuzz;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A short run of every fuzz target; <c>dotnet run --project tests/Fuzz</c> makes long ones.</summary>
public class FuzzTests
{
    private const int Seed = 20260;
    private const int Iterations = 20_000;

    public static TheoryData<string> Targets() => [.. FuzzTargets.All.Select(target => target.Name).Where(name => !name.StartsWith("ring-", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Damaged_input_ends_in_a_storage_error_or_none(string name)
    {
        int accepted = FuzzRunner.Run(FuzzTargets.Find(name)!, Iterations, Seed);
        // Damage that is always refused at once, or never, would test little.
        Assert.InRange(accepted, Iterations / 100, Iterations);
    }
}
