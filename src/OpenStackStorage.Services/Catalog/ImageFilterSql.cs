using System.Text;
using Microsoft.Data.Sqlite;

namespace OpenStackStorage.Services;

/// <summary>
/// A list's filters, order and place as SQL: what Glance's <c>_make_conditions_from_filters</c>, <c>_select_images_query</c>
/// and <c>_paginate_query</c> build in <c>glance/db/sqlalchemy/api.py</c>. Values are parameters, without exception.
/// </summary>
internal sealed class ImageFilterSql(SqliteParameterCollection parameters)
{
    private readonly StringBuilder _where = new("WHERE i.status NOT IN ('deleted', 'killed')");

    public override string ToString() => _where.ToString();

    /// <summary>The conditions of the filters.</summary>
    public void Add(ImageQuery query)
    {
        AddAny("i.name", query.Names);
        AddAny("i.id", query.Ids.Select(id => id.ToString()));
        AddAny("i.status", query.Statuses.Select(ImageWords.Of));
        AddAny("i.disk_format", query.DiskFormats.Select(ImageWords.Of));
        AddAny("i.container_format", query.ContainerFormats.Select(ImageWords.Of));
        if (query.NamePatterns.Count > 0)
            And($"({string.Join(" OR ", query.NamePatterns.Select(pattern => $"i.folded_name GLOB {Value(Wildcards.ToGlob(pattern))}"))})");
        // To Glance's lists an image whose deletion is delayed is deleted; here who asks for that status gets it.
        if (!query.Statuses.Contains(ImageStatus.PendingDelete))
            And("i.status <> 'pending_delete'");
        AddIf(query.Owner, "i.owner =");
        AddIf(query.Protected, "i.protected =");
        And($"i.hidden = {Value(query.Hidden ?? false)}");
        AddIf(query.SizeMin, "i.size >=");
        AddIf(query.SizeMax, "i.size <=");
        AddIf(query.Checksum, "i.checksum =");
        AddIf(query.HashValue, "i.hash_value =");
        foreach (string tag in query.Tags)
            And($"EXISTS (SELECT 1 FROM image_tags t WHERE t.image = i.id AND t.tag = {Value(tag)})");
        foreach ((string name, string value) in query.Properties)
            And($"EXISTS (SELECT 1 FROM image_properties p WHERE p.image = i.id AND p.name = {Value(name)} AND p.value = {Value(value)})");
        foreach (TimeFilter filter in query.CreatedAt)
            And($"i.created_at {Operator(filter.Operator)} {Value(CatalogTime.ToNumber(filter.Value))}");
        foreach (TimeFilter filter in query.UpdatedAt)
            And($"i.updated_at {Operator(filter.Operator)} {Value(CatalogTime.ToNumber(filter.Value))}");
    }

    /// <summary>What the viewer may see, and of that what a list holds.</summary>
    public void AddVisibility(ImageQuery query, Identity viewer)
    {
        if (!viewer.IsAdmin)
        {
            string answer = query.AnyMemberStatus ? "" : $" AND m.status = {Value(ImageWords.Of(query.MemberStatus ?? ImageMemberStatus.Accepted))}";
            And(VisibleTo(viewer, answer));
        }

        if (query.Visibility is { } visibility)
            And($"i.visibility = {Value(ImageWords.Of(visibility))}");
        else if (!query.AllVisible)
            And($"(i.visibility <> 'community' OR i.owner = {Value(viewer.Project)})");
    }

    /// <summary>Begins behind the marker. Null stands before every value.</summary>
    /// <param name="marker">The marker's values, one for each column of the order.</param>
    public void AddPlace(IReadOnlyList<ImageOrder> order, IReadOnlyList<object?> marker)
    {
        string[] values = [.. marker.Select(Value)];
        List<string> alternatives = [];
        for (int key = 0; key < order.Count; key++)
        {
            IEnumerable<string> equal = Enumerable.Range(0, key).Select(at => $"{order[at].Column} IS {values[at]}");
            alternatives.Add(string.Join(" AND ", equal.Append(Behind(order[key], values[key], marker[key] is null))));
        }

        // Says nothing new, and lets an index find the place.
        if (marker[0] is not null && !(order[0].IsNullable && order[0].Descending))
            And($"{order[0].Column} {(order[0].Descending ? "<=" : ">=")} {values[0]}");
        And($"({string.Join(" OR ", alternatives)})");
    }

    /// <summary>The condition that an image is one which the viewer may read: <c>is_image_visible</c> of <c>glance/db/utils.py</c>.</summary>
    /// <param name="answer">A further condition on the membership <c>m</c>.</param>
    public string VisibleTo(Identity viewer, string answer)
    {
        string project = Value(viewer.Project);
        return $"""
            (i.owner = {project} OR i.visibility IN ('public', 'community') OR i.visibility = 'shared' AND EXISTS (
                SELECT 1 FROM image_members m WHERE m.image = i.id AND m.member = {project}{answer}))
            """;
    }

    /// <summary>A parameter with that value.</summary>
    public string Value(object? value)
    {
        string name = $"@p{parameters.Count}";
        parameters.AddWithValue(name, value ?? DBNull.Value);
        return name;
    }

    private static string Behind(ImageOrder key, string value, bool isNull) => (key.Descending, isNull) switch
    {
        (false, true) => $"{key.Column} IS NOT NULL",
        (false, false) => $"{key.Column} > {value}",
        (true, true) => "FALSE",
        (true, false) when key.IsNullable => $"({key.Column} < {value} OR {key.Column} IS NULL)",
        (true, false) => $"{key.Column} < {value}",
    };

    private static string Operator(FilterOperator filter) => filter switch
    {
        FilterOperator.Equal => "=",
        FilterOperator.NotEqual => "<>",
        FilterOperator.Greater => ">",
        FilterOperator.GreaterOrEqual => ">=",
        FilterOperator.Less => "<",
        FilterOperator.LessOrEqual => "<=",
        _ => throw new ArgumentOutOfRangeException(nameof(filter)),
    };

    private void And(string condition) => _where.Append(" AND ").Append(condition);

    private void AddIf(object? value, string comparison)
    {
        if (value is not null)
            And($"{comparison} {Value(value)}");
    }

    private void AddAny(string column, IEnumerable<string> values)
    {
        string[] alternatives = [.. values.Select(Value)];
        if (alternatives.Length > 0)
            And($"{column} IN ({string.Join(", ", alternatives)})");
    }
}

/// <summary>One column of an order.</summary>
internal sealed record ImageOrder(string Column, bool Descending, bool IsNullable)
{
    /// <summary>The columns of a sort and those that break its ties: as <c>_image_get_all</c> has it, downwards unless the sort has one key.</summary>
    public static IReadOnlyList<ImageOrder> Of(IReadOnlyList<ImageSort> sort)
    {
        bool tiesDescend = sort.Count != 1 || sort[0].Descending;
        IEnumerable<ImageSort> ties = [new(ImageSortKey.CreatedAt, tiesDescend), new(ImageSortKey.Id, tiesDescend)];
        return [.. sort.Concat(ties).DistinctBy(key => key.Key).Select(Of)];
    }

    private static ImageOrder Of(ImageSort sort) => sort.Key switch
    {
        ImageSortKey.Name => new("i.name", sort.Descending, true),
        ImageSortKey.Status => new("i.status", sort.Descending, false),
        ImageSortKey.ContainerFormat => new("i.container_format", sort.Descending, true),
        ImageSortKey.DiskFormat => new("i.disk_format", sort.Descending, true),
        ImageSortKey.Size => new("i.size", sort.Descending, true),
        ImageSortKey.Id => new("i.id", sort.Descending, false),
        ImageSortKey.CreatedAt => new("i.created_at", sort.Descending, false),
        ImageSortKey.UpdatedAt => new("i.updated_at", sort.Descending, false),
        _ => throw new ArgumentOutOfRangeException(nameof(sort)),
    };
}
