namespace OpenStackStorage.Tests.Conventions;

/// <summary>The clone that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "OpenStackStorage.slnx")) ? folder : Find(Path.GetDirectoryName(folder)
            ?? throw new InvalidOperationException("The tests run outside a clone."));
}

/// <summary>The tables in <c>Data/</c>; lines that start with # are comments.</summary>
internal static class DataTable
{
    public static IEnumerable<string> Lines(string name) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", name)).Where(line => line.Length > 0 && line[0] != '#');
}

/// <summary>One row of <c>Data/cmdlets.tsv</c>.</summary>
internal sealed record SurfaceRow(string Cmdlet, string Parameters, string Output, string ByValue, string ByName)
{
    public static IReadOnlyList<SurfaceRow> All { get; } =
        [.. DataTable.Lines("cmdlets.tsv").Select(line => line.Split('\t')).Select(cells => new SurfaceRow(cells[0], cells[1], cells[2], cells[3], cells[4]))];
}
