using System.Collections;
using System.Management.Automation;

namespace OpenStackStorage.Binding;

/// <summary>
/// Lets a parameter of names take text and ids, and nothing else: PowerShell would make text of any object that comes down
/// the pipeline, and then the ids among its properties would never be looked at.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class NameTextAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => Read(inputData);

    /// <exception cref="ArgumentTransformationMetadataException">Its cause is a PSInvalidCastException, at which PowerShell tries the other parameters.</exception>
    internal static object? Read(object? value)
    {
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        return plain switch
        {
            null or string => plain,
            Guid id => id.ToString("D"),
            IEnumerable several => several.Cast<object?>().Select(Read).ToArray(),
            _ => throw Refusal(plain),
        };
    }

    private static ArgumentTransformationMetadataException Refusal(object value)
    {
        string message = $"'{value}' is a {value.GetType().Name}, not a name.";
        return new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
    }
}
