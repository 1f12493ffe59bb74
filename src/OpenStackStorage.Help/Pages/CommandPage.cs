namespace OpenStackStorage.Help;

/// <summary>What people write on a cmdlet's page. Everything else on it is generated from the class.</summary>
public sealed record CommandPage(string Name)
{
    /// <summary>One sentence that starts with a verb.</summary>
    public string Synopsis { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>Title and markdown of each example.</summary>
    public IReadOnlyList<PagePart> Examples { get; init; } = [];

    /// <summary>Parameters by name.</summary>
    public IReadOnlyList<PagePart> Parameters { get; init; } = [];

    /// <summary>Input types by full name.</summary>
    public IReadOnlyList<PagePart> Inputs { get; init; } = [];

    /// <summary>Output types by full name.</summary>
    public IReadOnlyList<PagePart> Outputs { get; init; } = [];

    public string Notes { get; init; } = "";

    public string RelatedLinks { get; init; } = "";
}

/// <summary>A third-level heading and the markdown under it.</summary>
/// <param name="DefaultValue">Of a parameter: what holds when it is not given.</param>
public sealed record PagePart(string Title, string Body, string DefaultValue = "");
