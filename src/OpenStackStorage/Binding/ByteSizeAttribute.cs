using System.Globalization;
using System.Management.Automation;
using System.Numerics;

namespace OpenStackStorage.Binding;

/// <summary>Lets a <see cref="ulong"/> parameter take a size as people write it: 10737418240, 10GB, "10GiB", "1.5G".</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ByteSizeAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        try
        {
            return Read(inputData is PSObject wrapped ? wrapped.BaseObject : inputData);
        }
        catch (StorageException error)
        {
            throw new ArgumentTransformationMetadataException(error.Message, error);
        }
    }

    /// <summary>Bytes; null stays null.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.SizeInvalid"/>.</exception>
    internal static object? Read(object? value) => value switch
    {
        null => null,
        ulong bytes => bytes,
        string text => ByteSize.Parse(text),
        double or float or decimal => FromReal(Convert.ToDouble(value, CultureInfo.InvariantCulture), value),
        sbyte or byte or short or ushort or int or uint or long or nint or nuint or BigInteger => FromInteger(value),
        _ => throw Invalid(value, "a number of bytes"),
    };

    // 1.5GB is a double in PowerShell. Doubles hold whole bytes exactly up to 8 PiB, more than any disk here.
    private static ulong FromReal(double number, object value)
    {
        if (!(number >= 0))
            throw Invalid(value, "a number from 0 upwards");
        if (number >= 18446744073709551616.0)
            throw Invalid(value, "at most 16 EiB less one byte");
        return number == Math.Truncate(number) ? (ulong)number : throw Invalid(value, "a whole number of bytes");
    }

    private static ulong FromInteger(object value)
    {
        BigInteger number = value as BigInteger? ?? BigInteger.Parse(Text(value), CultureInfo.InvariantCulture);
        if (number.Sign < 0)
            throw Invalid(value, "a number from 0 upwards");
        return number <= ulong.MaxValue ? (ulong)number : throw Invalid(value, "at most 16 EiB less one byte");
    }

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static StorageException Invalid(object value, string expected) =>
        new(ErrorIds.SizeInvalid, $"'{Text(value)}' is not a size: expected {expected}.")
        {
            Target = Text(value),
            Found = Text(value),
            Expected = expected,
        };
}
