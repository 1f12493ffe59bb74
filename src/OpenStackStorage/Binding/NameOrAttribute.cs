using System.Management.Automation;

namespace OpenStackStorage.Binding;

/// <summary>
/// Lets a parameter take a thing of one kind, its name or its id, and nothing else. So several parameters can wait for the
/// same pipeline: each takes its own kind, and PowerShell goes on to the next where one refuses.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class NameOrAttribute<T> : ArgumentTransformationAttribute
    where T : class
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => Read(inputData);

    /// <exception cref="ArgumentTransformationMetadataException">Its cause is a PSInvalidCastException, at which PowerShell tries the other parameters.</exception>
    internal static object? Read(object? value)
    {
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        return plain switch
        {
            null or NameOr<T> => plain,
            T thing => new NameOr<T>(thing),
            string { Length: > 0 } text => new NameOr<T>(text),
            Guid id => new NameOr<T>(id.ToString("D")),
            _ => throw Refusal(plain),
        };
    }

    private static ArgumentTransformationMetadataException Refusal(object value)
    {
        string message = value is string ? $"A {typeof(T).Name} has a name; this is empty." : $"'{value}' is a {value.GetType().Name}, not a {typeof(T).Name}, a name or an id.";
        return new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
    }
}
