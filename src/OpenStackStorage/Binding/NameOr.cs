namespace OpenStackStorage.Binding;

/// <summary>What a parameter means: a thing that a cmdlet gave, or text, which is a name or an id.</summary>
/// <typeparam name="T">What the thing is: an image, a volume, a snapshot.</typeparam>
public sealed class NameOr<T>
    where T : class
{
    public NameOr(T thing) => Thing = thing;

    public NameOr(string text) => Text = text;

    /// <summary>The thing; null where it was named.</summary>
    public T? Thing { get; }

    /// <summary>Its name or its id; null where the thing itself was given.</summary>
    public string? Text { get; }

    /// <summary>The thing, looked for by its name where it was named.</summary>
    internal T Resolve(Func<T, T> renew, Func<string, T> find) => Thing is { } thing ? renew(thing) : find(Text!);

    public override string ToString() => Text ?? Thing!.ToString()!;
}
