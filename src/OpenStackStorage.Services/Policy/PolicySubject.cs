namespace OpenStackStorage.Services;

/// <summary>
/// Who asks, as checks see it: oslo.context's <c>to_policy_values</c>. Roles are those of the identity and those that they
/// imply in a cloud as <c>keystone-manage bootstrap</c> makes it: admin, manager, member, reader, each the next ones.
/// </summary>
public sealed class PolicySubject
{
    private static readonly string[] Implications = ["admin", "manager", "member", "reader"];

    private readonly Dictionary<string, string> _attributes;

    /// <param name="isAdmin">What <c>is_admin:True</c> compares with: the answer of the rule <c>context_is_admin</c>.</param>
    public PolicySubject(Identity identity, bool isAdmin)
    {
        int highest = Array.FindIndex(Implications, role => identity.Roles.Contains(role, StringComparer.OrdinalIgnoreCase));
        IEnumerable<string> implied = highest < 0 ? [] : Implications.Skip(highest);
        Roles = [.. identity.Roles.Union(implied, StringComparer.OrdinalIgnoreCase)];
        _attributes = new(StringComparer.Ordinal)
        {
            ["user_id"] = identity.User,
            ["user"] = identity.User,
            ["project_id"] = identity.Project,
            ["tenant"] = identity.Project,
            ["tenant_id"] = identity.Project,
            ["is_admin"] = isAdmin ? "True" : "False",
            // oslo_context/context.py: every project is the admins' own, unless Keystone names one.
            ["is_admin_project"] = "True",
        };
    }

    /// <summary>As given, then the implied ones.</summary>
    public IReadOnlyList<string> Roles { get; }

    /// <summary>The values of one attribute; none where there is no such attribute.</summary>
    public IReadOnlyList<string> Find(string attribute) =>
        attribute == "roles" ? Roles : _attributes.TryGetValue(attribute, out string? value) ? [value] : [];
}
