namespace OpenStackStorage.Commands;

/// <summary>Narrows the sizes that parameters take to those that the engine counts in.</summary>
internal static class Sizes
{
    public static long ToInt64(ulong size, string parameter) =>
        size <= long.MaxValue ? (long)size : throw TooLarge(size, parameter, long.MaxValue);

    public static int? ToInt32(ulong? size, string parameter) => size switch
    {
        null => null,
        <= int.MaxValue => (int)size.Value,
        _ => throw TooLarge(size.Value, parameter, int.MaxValue),
    };

    private static StorageException TooLarge(ulong size, string parameter, long maximum) =>
        new(ErrorIds.ParameterInvalid, $"-{parameter} {size} is too large: at most {maximum} bytes.")
        {
            Found = $"{size}",
            Expected = $"at most {maximum}",
        };
}
