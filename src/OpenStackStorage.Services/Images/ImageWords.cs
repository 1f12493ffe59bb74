namespace OpenStackStorage.Services;

/// <summary>Glance's words for the values of enumerations: lower case, <c>pending_delete</c>.</summary>
public static class ImageWords
{
    /// <summary>The word for a value.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Words<T>.ByValue[value];

    /// <summary>The value of a word; null for another one.</summary>
    public static T? Find<T>(string word)
        where T : struct, Enum => Words<T>.ByWord.TryGetValue(word, out T value) ? value : null;

    private static class Words<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue = Enum.GetValues<T>().ToDictionary(value => value, Word);
        public static readonly Dictionary<string, T> ByWord = ByValue.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

        private static string Word(T value) => string.Concat(value.ToString()
            .Select((letter, at) => char.IsUpper(letter) && at > 0 ? "_" + char.ToLowerInvariant(letter) : char.ToLowerInvariant(letter).ToString()));
    }
}
