namespace OpenStackStorage.Commands;

/// <summary>Narrows the sizes that parameters take to those that the engine and the services count in.</summary>
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

    /// <summary>A volume's size: whole GiB, as Cinder counts. A bare small number is meant as GiB by who comes from Cinder, and is refused.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.VolumeSizeInvalid"/>.</exception>
    public static int? ToGiB(ulong? size, string parameter)
    {
        const ulong GiB = 1UL << 30;
        return size switch
        {
            null => null,
            > 0 when size % GiB == 0 && size / GiB <= int.MaxValue => (int)(size.Value / GiB),
            > 0 and <= 65536 => throw Invalid(size.Value, $"{size} bytes", $"Did you mean {size}GB?"),
            _ when size / GiB >= int.MaxValue => throw Invalid(size.Value, ByteSize.Format((long)Math.Min(size.Value, long.MaxValue)), "Cinder's largest volume has 2147483647 GiB."),
            _ => throw Invalid(size.Value, ByteSize.Format((long)size.Value), $"The next whole one is {(size.Value / GiB) + 1}GB."),
        };

        StorageException Invalid(ulong value, string found, string remedy) =>
            new(ErrorIds.VolumeSizeInvalid, $"-{parameter} {value} is not valid: found {found}; expected whole GiB. {remedy}")
            {
                Found = found,
                Expected = "whole GiB",
                Remedy = remedy,
            };
    }

    /// <summary>Whole MiB.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/>.</exception>
    public static int? ToMiB(ulong? size, string parameter) => size switch
    {
        null => null,
        _ when size % (1 << 20) == 0 && size >> 20 <= int.MaxValue => (int)(size.Value >> 20),
        _ => throw new StorageException(ErrorIds.ParameterInvalid, $"-{parameter} {size} is not valid: expected whole MiB, as 128MB.") { Found = $"{size}", Expected = "whole MiB" },
    };

    private static StorageException TooLarge(ulong size, string parameter, long maximum) =>
        new(ErrorIds.ParameterInvalid, $"-{parameter} {size} is too large: at most {maximum} bytes.")
        {
            Found = $"{size}",
            Expected = $"at most {maximum}",
        };
}
