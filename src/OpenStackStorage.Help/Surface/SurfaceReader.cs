using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace OpenStackStorage.Help;

/// <summary>
/// Reads the cmdlets of an assembly from attribute data alone. Nothing of the assembly runs, and the values that
/// PowerShell's compile-time stub throws away when an attribute is built are still there.
/// </summary>
public static class SurfaceReader
{
    private static readonly Dictionary<Type, string> Accelerators = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "Object",
        [typeof(Hashtable)] = "hashtable",
        [typeof(Guid)] = "guid",
        [typeof(Uri)] = "uri",
        [typeof(DateTime)] = "datetime",
        [typeof(TimeSpan)] = "timespan",
        [typeof(PSCredential)] = "pscredential",
        [typeof(System.Security.SecureString)] = "securestring",
        [typeof(SwitchParameter)] = "",
    };

    /// <summary>The cmdlets of an assembly, in the order of their names.</summary>
    public static IReadOnlyList<CommandSurface> Read(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return [.. assembly.GetTypes()
            .Where(type => !type.IsAbstract && Find(type, nameof(CmdletAttribute)) is not null)
            .Select(Read)
            .OrderBy(command => command.Name, StringComparer.Ordinal)];
    }

    /// <summary>One cmdlet from its class.</summary>
    public static CommandSurface Read(Type type)
    {
        CustomAttributeData cmdlet = Find(type, nameof(CmdletAttribute))
            ?? throw new ArgumentException($"{type} is not a cmdlet.", nameof(type));
        string name = $"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}";
        List<ParameterSurface> parameters = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => Find(property, nameof(ParameterAttribute)) is not null)
            .Select(ReadParameter)];
        if (Named(cmdlet, nameof(CmdletAttribute.SupportsShouldProcess), false))
        {
            parameters.Add(Switch("WhatIf", "wi", "Shows what would be done, and changes nothing."));
            parameters.Add(Switch("Confirm", "cf", "Asks before each change."));
        }

        string defaultSet = Named(cmdlet, nameof(CmdletAttribute.DefaultParameterSetName), "");
        // The default set is one also where no parameter is in it alone.
        string[] sets = [.. parameters.SelectMany(parameter => parameter.Sets).Select(set => set.Name)
            .Append(defaultSet).Where(set => set is not (ParameterSurface.AllSets or "")).Distinct()
            .OrderBy(set => set == defaultSet ? 0 : 1)];
        return new CommandSurface(
            name,
            Named(cmdlet, "HelpUri", ""),
            Strings(type, nameof(AliasAttribute)),
            sets.Length == 0 ? [ParameterSurface.AllSets] : sets,
            defaultSet.Length > 0,
            parameters,
            [.. All(type, nameof(OutputTypeAttribute)).SelectMany(OutputTypes).Distinct()]);
    }

    private static ParameterSurface ReadParameter(PropertyInfo property)
    {
        CustomAttributeData[] declared = [.. All(property, nameof(ParameterAttribute))];
        return new ParameterSurface(
            property.Name,
            property.PropertyType.ToString(),
            ShortName(property.PropertyType),
            Strings(property, nameof(AliasAttribute)),
            Values(property),
            Find(property, nameof(SupportsWildcardsAttribute)) is not null,
            declared.Any(attribute => Named(attribute, "DontShow", false)),
            declared.Select(attribute => Named(attribute, nameof(ParameterAttribute.HelpMessage), "")).FirstOrDefault(text => text.Length > 0) ?? "",
            [.. declared.Select(ReadSet)]);
    }

    private static SetSurface ReadSet(CustomAttributeData attribute)
    {
        int position = Named(attribute, nameof(ParameterAttribute.Position), int.MinValue);
        return new SetSurface(
            Named(attribute, nameof(ParameterAttribute.ParameterSetName), ParameterSurface.AllSets),
            position < 0 ? null : position,
            Named(attribute, nameof(ParameterAttribute.Mandatory), false),
            Named(attribute, nameof(ParameterAttribute.ValueFromPipeline), false),
            Named(attribute, nameof(ParameterAttribute.ValueFromPipelineByPropertyName), false),
            Named(attribute, nameof(ParameterAttribute.ValueFromRemainingArguments), false));
    }

    private static ParameterSurface Switch(string name, string alias, string message) =>
        new(name, typeof(SwitchParameter).ToString(), "", [alias], [], false, false, message,
            [new SetSurface(ParameterSurface.AllSets, null, false, false, false, false)]);

    private static string[] Values(PropertyInfo property)
    {
        Type type = property.PropertyType.IsArray ? property.PropertyType.GetElementType()! : property.PropertyType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum ? Enum.GetNames(type) : Strings(property, nameof(ValidateSetAttribute));
    }

    private static string ShortName(Type type)
    {
        if (type.IsArray)
            return ShortName(type.GetElementType()!) + "[]";
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType)
            return $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}[{string.Join(',', type.GetGenericArguments().Select(ShortName))}]";
        return Accelerators.GetValueOrDefault(type, type.Name);
    }

    private static IEnumerable<string> OutputTypes(CustomAttributeData attribute) =>
        Flatten(attribute.ConstructorArguments).Select(value => value.ToString()!);

    private static string[] Strings(MemberInfo member, string attribute) =>
        [.. All(member, attribute).SelectMany(data => Flatten(data.ConstructorArguments)).OfType<string>()];

    private static IEnumerable<object> Flatten(IEnumerable<CustomAttributeTypedArgument> arguments) =>
        arguments.SelectMany(argument => argument.Value is IEnumerable<CustomAttributeTypedArgument> many ? Flatten(many)
            : argument.Value is { } value ? [value] : Array.Empty<object>());

    private static CustomAttributeData? Find(MemberInfo member, string attribute) => All(member, attribute).FirstOrDefault();

    private static IEnumerable<CustomAttributeData> All(MemberInfo member, string attribute) =>
        member.GetCustomAttributesData().Where(data => data.AttributeType.Name == attribute);

    private static T Named<T>(CustomAttributeData attribute, string name, T otherwise) =>
        attribute.NamedArguments.Where(argument => argument.MemberName == name)
            .Select(argument => argument.TypedValue.Value).OfType<T>().FirstOrDefault(otherwise);
}
