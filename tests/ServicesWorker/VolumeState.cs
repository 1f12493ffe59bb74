using System.Globalization;

namespace OpenStackStorage.Services.Worker;

/// <summary>What a volume or snapshot is, or may be.</summary>
/// <param name="Status"><c>absent</c>, <c>available</c> or <c>error</c>.</param>
/// <param name="Numbers">For each place the numbers of which it holds one; none where nobody knows.</param>
public sealed record VolumeState(string Status, int SizeGiB, IReadOnlyList<IReadOnlySet<int>> Numbers)
{
    public static VolumeState Absent { get; } = new("absent", 0, []);

    public static VolumeState Available(int sizeGiB, IReadOnlyList<int> numbers) => new("available", sizeGiB, [.. numbers.Select(number => new HashSet<int> { number })]);

    public static VolumeState Error(int sizeGiB) => new("error", sizeGiB, []);

    /// <summary>At each place either the one or the other.</summary>
    public static VolumeState Mixed(int sizeGiB, IReadOnlyList<int> before, IReadOnlyList<int> after) =>
        new("available", sizeGiB, [.. before.Zip(after, (one, other) => new HashSet<int> { one, other })]);

    public static VolumeState Parse(string text)
    {
        string[] parts = text.Split(':');
        return new VolumeState(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture),
            [.. parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(numbers => numbers.Split('|').Select(int.Parse).ToHashSet())]);
    }

    /// <summary>True where what was found is one of what this says.</summary>
    public bool Allows(VolumeState found) => found.Status == Status && found.SizeGiB == SizeGiB
        && (Numbers.Count == 0 || found.Numbers.Count == 0 || Numbers.Zip(found.Numbers).All(pair => pair.Second.IsSubsetOf(pair.First)));

    public override string ToString() => $"{Status}:{SizeGiB}:{string.Join(',', Numbers.Select(numbers => string.Join('|', numbers)))}";
}
