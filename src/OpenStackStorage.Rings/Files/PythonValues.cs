namespace OpenStackStorage.Rings;

/// <summary>A Python 2 <c>str</c> that is not ASCII, or bytes of Python 3. ASCII ones are plain strings.</summary>
internal sealed record PythonBytes(byte[] Bytes);

/// <summary>A Python tuple.</summary>
internal sealed record PythonTuple(object?[] Items);

/// <summary>An importable name of the allow-list.</summary>
internal sealed record PickleGlobal(string Name);

/// <summary>An <c>array.array</c>: <see cref="Data"/> is a <c>byte[]</c>, <c>ushort[]</c> or <c>uint[]</c>.</summary>
internal sealed record PythonArray(Array Data);

/// <summary>An object of the earliest builder files: its class and, after BUILD, its attributes.</summary>
internal sealed record PythonObject(string Class)
{
    public PythonDict? State { get; set; }
}

/// <summary>
/// A Python dict in order of insertion. It is not hashed: keys of a hostile file may collide or be nested at will, and a
/// builder's dicts have at most a few dozen keys that are looked for.
/// </summary>
internal sealed class PythonDict
{
    private readonly List<KeyValuePair<object?, object?>> _pairs = [];

    /// <summary>All pairs; of a key that was set twice both.</summary>
    public IReadOnlyList<KeyValuePair<object?, object?>> Pairs => _pairs;

    public void Set(object? key, object? value) => _pairs.Add(new(key, value));

    /// <summary>The value last set under a text key.</summary>
    public bool TryGet(string key, out object? value)
    {
        for (int i = _pairs.Count - 1; i >= 0; i--)
        {
            if (_pairs[i].Key is string text && text == key)
            {
                value = _pairs[i].Value;
                return true;
            }
        }

        value = null;
        return false;
    }
}
