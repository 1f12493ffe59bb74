using Xunit.Abstractions;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Random work on volumes in files, held against a model that is plain memory.</summary>
public sealed class VolumeModelTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Volumes_are_what_a_model_is_for_500_steps(int seed) => Run(seed, 500);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Volumes_are_what_a_model_is_for_25000_steps(int seed) => Run(seed, 25_000);

    private void Run(int seed, int steps)
    {
        using VolumeModel model = new(seed);
        for (int step = 0; step < steps; step++)
            model.Step();
        model.End();
        output.WriteLine(string.Join(", ", model.Done.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")));
    }
}
