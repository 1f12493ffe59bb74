using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Lists things whose names are unique: by name with wildcards, or by id.</summary>
internal static class NamedThings
{
    /// <summary>Outputs those that were asked for, in the list's order; a name without wildcards, or an id, that none has is an error.</summary>
    /// <param name="asked">Empty for all.</param>
    public static void Write<T>(
        IReadOnlyList<string> asked, IReadOnlyList<T> all, Func<T, string> name, Func<T, Guid?> id, Func<T, object> output, Func<string, StorageException> missing, ICmdletHost host)
    {
        HashSet<T> chosen = [];
        foreach (string text in asked)
        {
            T[] found = [.. all.Where(one => Wildcard.Matches(text, name(one)) || (id(one) is { } key && Guid.TryParse(text, out Guid given) && given == key))];
            if (found.Length == 0 && !Wildcard.IsIn(text))
                host.WriteError(missing(text));
            chosen.UnionWith(found);
        }

        foreach (T one in all.Where(one => asked.Count == 0 || chosen.Contains(one)))
            host.WriteObject(output(one));
    }

    /// <summary>Where there is no store there is nothing: what was named is an error.</summary>
    public static void RequireNone(IReadOnlyList<string> asked, Func<string, StorageException> missing, ICmdletHost host)
    {
        foreach (string text in asked.Where(text => !Wildcard.IsIn(text)))
            host.WriteError(missing(text));
    }
}
