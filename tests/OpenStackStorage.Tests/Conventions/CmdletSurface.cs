using System.Management.Automation;
using System.Reflection;
using OpenStackStorage.Binding;

namespace OpenStackStorage.Tests.Conventions;

/// <summary>One use of a parameter: what one <c>[Parameter]</c> says.</summary>
internal sealed record ParameterUse(string? Set, bool Mandatory, int? Position, bool ByValue, bool ByName, string HelpMessage);

/// <summary>A parameter as its attributes declare it.</summary>
internal sealed class ParameterSurface
{
    private readonly IList<CustomAttributeData> _attributes;

    public ParameterSurface(PropertyInfo property)
    {
        _attributes = property.GetCustomAttributesData();
        Name = property.Name;
        DeclaredType = property.PropertyType;
        Uses = [.. _attributes.Where(Is<ParameterAttribute>).Select(ReadUse)];
        Aliases = [.. _attributes.Where(Is<AliasAttribute>)
            .SelectMany(alias => (IEnumerable<CustomAttributeTypedArgument>)alias.ConstructorArguments[0].Value!)
            .Select(name => (string)name.Value!)];
    }

    public string Name { get; }

    public Type DeclaredType { get; }

    /// <summary>The type without array and null, for <c>-Path</c> may take one or many; and what a name may stand for.</summary>
    public Type ElementType
    {
        get
        {
            Type element = DeclaredType.IsArray ? DeclaredType.GetElementType()! : DeclaredType;
            bool isNamed = element.IsGenericType && element.GetGenericTypeDefinition() == typeof(NameOr<>);
            return isNamed ? element.GetGenericArguments()[0] : Nullable.GetUnderlyingType(element) ?? element;
        }
    }

    public IReadOnlyList<ParameterUse> Uses { get; }

    public IReadOnlyList<string> Aliases { get; }

    public bool Mandatory => Uses.Any(use => use.Mandatory);

    public bool Has<T>() => _attributes.Any(Is<T>);

    public ParameterUse? In(string? set) => Uses.FirstOrDefault(use => use.Set is null || use.Set == set);

    internal static bool Is<T>(CustomAttributeData attribute) => attribute.AttributeType == typeof(T);

    internal static T? Named<T>(CustomAttributeData attribute, string name) => attribute.NamedArguments
        .Where(argument => argument.MemberName == name)
        .Select(argument => (T?)argument.TypedValue.Value)
        .FirstOrDefault();

    private static ParameterUse ReadUse(CustomAttributeData attribute) => new(
        Named<string>(attribute, "ParameterSetName") is { } set && set != "__AllParameterSets" ? set : null,
        Named<bool>(attribute, "Mandatory"),
        Named<int?>(attribute, "Position"),
        Named<bool>(attribute, "ValueFromPipeline"),
        Named<bool>(attribute, "ValueFromPipelineByPropertyName"),
        Named<string>(attribute, "HelpMessage") ?? "");
}

/// <summary>
/// A cmdlet as its attributes declare it. They are read as data, because the stub's attribute classes keep no values.
/// </summary>
internal sealed class CmdletSurface
{
    public CmdletSurface(Type type)
    {
        Type = type;
        CustomAttributeData cmdlet = type.GetCustomAttributesData().Single(ParameterSurface.Is<CmdletAttribute>);
        Verb = (string)cmdlet.ConstructorArguments[0].Value!;
        Noun = (string)cmdlet.ConstructorArguments[1].Value!;
        DefaultSet = ParameterSurface.Named<string>(cmdlet, "DefaultParameterSetName");
        SupportsShouldProcess = ParameterSurface.Named<bool>(cmdlet, "SupportsShouldProcess");
        Impact = (ConfirmImpact)(ParameterSurface.Named<int?>(cmdlet, "ConfirmImpact") ?? (int)ConfirmImpact.Medium);
        Outputs = [.. type.GetCustomAttributesData().Where(ParameterSurface.Is<OutputTypeAttribute>)
            .Where(output => output.NamedArguments.All(argument => argument.MemberName != "ParameterSetName"))
            .SelectMany(output => (IEnumerable<CustomAttributeTypedArgument>)output.ConstructorArguments[0].Value!)
            .Select(output => output.Value as Type ?? typeof(object))];
        Parameters = [.. type.GetProperties().Select(property => new ParameterSurface(property)).Where(parameter => parameter.Uses.Count > 0)];
        IReadOnlyList<string?> named = [.. Parameters.SelectMany(parameter => parameter.Uses).Select(use => use.Set).Where(set => set is not null).Distinct()];
        Sets = named.Count > 0 ? named : [null];
    }

    public Type Type { get; }

    public string Verb { get; }

    public string Noun { get; }

    public string Name => $"{Verb}-{Noun}";

    public string? DefaultSet { get; }

    public bool SupportsShouldProcess { get; }

    public ConfirmImpact Impact { get; }

    /// <summary>What comes out, but where a parameter set says that it gives something else.</summary>
    public IReadOnlyList<Type> Outputs { get; }

    public IReadOnlyList<ParameterSurface> Parameters { get; }

    /// <summary>The names of the parameter sets; one null when there is only one set.</summary>
    public IReadOnlyList<string?> Sets { get; }

    public ParameterSurface? this[string name] => Parameters.FirstOrDefault(parameter => parameter.Name == name);

    public static IReadOnlyList<CmdletSurface> AllOf(Assembly assembly) =>
        [.. assembly.GetTypes().Where(IsCmdlet).OrderBy(type => type.Name, StringComparer.Ordinal).Select(type => new CmdletSurface(type))];

    private static bool IsCmdlet(Type type) => !type.IsAbstract && type.GetCustomAttributesData().Any(ParameterSurface.Is<CmdletAttribute>);
}
