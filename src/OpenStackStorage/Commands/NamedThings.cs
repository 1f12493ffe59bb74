using OpenStackStorage.Hosting;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Finds things by what a text names them with: a name, with wildcards in lists, or an id.</summary>
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

    /// <summary>Those that are meant: the better ones where there are any.</summary>
    public static IReadOnlyList<T> Prefer<T>(this IReadOnlyList<T> found, Func<T, bool> better) =>
        found.Where(better).ToArray() is { Length: > 0 } chosen ? chosen : found;

    /// <summary>The only one of those that a name means.</summary>
    /// <param name="things">What they are: "volumes".</param>
    /// <param name="thing">What one is: "volume".</param>
    /// <exception cref="ServiceException"><paramref name="missing"/> for none, <paramref name="ambiguous"/> with their ids for several.</exception>
    public static T Single<T>(
        this IReadOnlyList<T> found, string name, string thing, string things, Func<T, object> id, Func<string, StorageException> missing, ErrorId ambiguous) => found switch
        {
            [T one] => one,
            [] => throw missing(name),
            _ => throw new ServiceException(ambiguous, $"{found.Count} {things} are named '{name}': {string.Join(", ", found.Select(id))}.")
            {
                Target = name,
                Found = $"{found.Count} {things}",
                Expected = $"one {thing}",
            },
        };
}
