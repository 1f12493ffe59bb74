using System.Globalization;
using System.Management.Automation;

namespace OpenStackStorage.Binding;

/// <summary>Lets a <see cref="long"/> parameter take a limit as people write it: 100, "10GiB", and -1 or "unlimited" for none.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class LimitAttribute : ArgumentTransformationAttribute
{
    private const long Unlimited = -1;
    private const string Expected = "a count or a size of less than 8 EiB, or -1 for none";

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

    /// <summary>A number from -1; null stays null.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.SizeInvalid"/>.</exception>
    internal static object? Read(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (text == "-1" || text.Equals("unlimited", StringComparison.OrdinalIgnoreCase))
            return Unlimited;
        try
        {
            return ByteSizeAttribute.Read(value) is ulong limit ? checked((long)limit) : null;
        }
        catch (Exception error) when (error is StorageException or OverflowException)
        {
            throw Invalid(text);
        }
    }

    private static StorageException Invalid(string text) => new(ErrorIds.SizeInvalid, $"'{text}' is not a limit: expected {Expected}.")
    {
        Target = text,
        Found = text,
        Expected = Expected,
    };
}
