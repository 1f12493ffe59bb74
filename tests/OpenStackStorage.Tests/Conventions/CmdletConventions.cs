using System.Management.Automation;
using System.Reflection;
using System.Security;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Tests.Conventions;

/// <summary>The rules that every cmdlet keeps. Each finding is a sentence that starts with the cmdlet's name.</summary>
internal static class CmdletConventions
{
    private static readonly string[] Prefixes = ["DiskImage", "Glance", "Cinder", "Swift", "OpenStackStorage"];
    private static readonly string[] Reading = ["Get", "Test", "Measure", "Compare", "Find", "Resolve", "Watch", "Wait"];

    /// <summary>Verbs that may or may not change something.</summary>
    private static readonly string[] Either = ["Show", "Connect", "Disconnect", "ConvertFrom", "ConvertTo"];
    private static readonly string[] Destroying = ["Remove", "Initialize", "Resize", "Restore", "Clear"];

    /// <summary>Parameters that name what each area has of its own.</summary>
    private static readonly string[] OfArea = ["Snapshot", "SnapshotId", "Spec", "Tier"];
    private static readonly string[] SecretWords = ["Password", "Token", "Secret", "Key"];

    private static readonly HashSet<string> Verbs =
        [.. typeof(VerbsCommon).Assembly.GetExportedTypes()
            .Where(type => type.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Select(field => (string)field.GetRawConstantValue()!)];

    private static readonly HashSet<string> Common = new(
        ("Verbose Debug ErrorAction WarningAction InformationAction ProgressAction ErrorVariable WarningVariable InformationVariable "
        + "OutVariable OutBuffer PipelineVariable WhatIf Confirm UseTransaction vb db ea wa infa proga ev wv iv ov ob pv wi cf usetx").Split(' '),
        StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Reserved = new(DataTable.Lines("reserved-names.txt"), StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<string> Check(CmdletSurface cmdlet) =>
        Names(cmdlet).Concat(Sets(cmdlet)).Concat(Paths(cmdlet)).Concat(Behaviour(cmdlet))
            .Concat(cmdlet.Parameters.SelectMany(Parameter))
            .Select(finding => $"{cmdlet.Name} {finding}");

    /// <summary>A parameter name means one type in all cmdlets, and text may name it; a snapshot, a spec and a tier mean one in each area, and a status one of each thing.</summary>
    public static IEnumerable<string> CheckTypes(IEnumerable<CmdletSurface> cmdlets) =>
        cmdlets.SelectMany(cmdlet => cmdlet.Parameters.Where(parameter => parameter.Name != "Status").Select(parameter => (Area: OfArea.Contains(parameter.Name) ? AreaOf(cmdlet) : "", Parameter: parameter)))
            .GroupBy(one => (one.Area, one.Parameter.Name), one => one.Parameter)
            .Select(name => (name.Key.Name, Types: Types(name.Select(parameter => parameter.ElementType).Distinct().ToArray())))
            .Where(name => name.Types.Length > 1)
            .Select(name => $"-{name.Name} has several types: {string.Join(", ", name.Types)}");

    private static string[] Types(Type[] types) => [.. (types.Any(IsThing) ? types.Where(type => type != typeof(string)) : types).Select(type => type.Name)];

    private static bool IsThing(Type type) => type.Namespace == "OpenStackStorage.Model";

    private static string AreaOf(CmdletSurface cmdlet) => Prefixes.First(prefix => cmdlet.Noun.StartsWith(prefix, StringComparison.Ordinal));

    private static IEnumerable<string> Names(CmdletSurface cmdlet)
    {
        if (!Verbs.Contains(cmdlet.Verb))
            yield return "has a verb that is not approved";
        if (!Prefixes.Any(prefix => cmdlet.Noun.StartsWith(prefix, StringComparison.Ordinal)))
            yield return "has a noun without one of the prefixes";
        if (!IsPascal(cmdlet.Noun) || IsPlural(cmdlet.Noun))
            yield return "has a noun that is not singular and Pascal case";
        if (cmdlet.Type.Name != $"{cmdlet.Verb}{cmdlet.Noun}Command")
            yield return $"has a class named {cmdlet.Type.Name}";
        if (!cmdlet.Type.IsPublic || !cmdlet.Type.IsSealed)
            yield return "has a class that is not public and sealed";
        if (cmdlet.Type.Namespace != "OpenStackStorage.Commands")
            yield return $"has a class in {cmdlet.Type.Namespace}";
        if (Reserved.Contains(cmdlet.Name) || Reserved.Contains($"*-{cmdlet.Noun}"))
            yield return "has a name that a module of Windows owns";
        foreach (IGrouping<string, string> name in cmdlet.Parameters.SelectMany(parameter => parameter.Aliases.Append(parameter.Name))
            .GroupBy(name => name, StringComparer.OrdinalIgnoreCase))
        {
            if (Common.Contains(name.Key))
                yield return $"-{name.Key} has a name of the common parameters";
            if (name.Count() > 1)
                yield return $"-{name.Key} exists twice";
        }
    }

    private static IEnumerable<string> Parameter(ParameterSurface parameter)
    {
        string name = $"-{parameter.Name}";
        if (!IsPascal(parameter.Name) || IsPlural(parameter.Name))
            yield return $"{name} is not singular and Pascal case";
        if (parameter.Name == "Overwrite")
            yield return $"{name} is to be called -Force";
        if (parameter.Uses.Any(use => use.HelpMessage.Length == 0))
            yield return $"{name} has no HelpMessage";
        if (parameter.ElementType == typeof(bool))
            yield return $"{name} is a bool; a switch is expected";
        if (parameter.ElementType == typeof(DateTime))
            yield return $"{name} is a DateTime; a DateTimeOffset is expected";
        bool isSize = parameter.Name is "Length" or "Offset" || parameter.Name.EndsWith("Size", StringComparison.Ordinal);
        if ((isSize || parameter.Has<ByteSizeAttribute>()) && !(parameter.ElementType == typeof(ulong) && parameter.Has<ByteSizeAttribute>()))
            yield return $"{name} is a size that is not an ulong with [ByteSize]";
        if (SecretWords.Any(word => parameter.Name.EndsWith(word, StringComparison.Ordinal)) && parameter.ElementType != typeof(SecureString))
            yield return $"{name} is a secret that is not a SecureString";
        if (parameter.ElementType == typeof(PSCredential) && !parameter.Has<CredentialAttribute>())
            yield return $"{name} is a credential without [Credential]";
    }

    private static IEnumerable<string> Sets(CmdletSurface cmdlet)
    {
        if (cmdlet.Sets.Count > 1 && !cmdlet.Sets.Contains(cmdlet.DefaultSet))
            yield return "has several parameter sets and none of them is the default";
        foreach (string? set in cmdlet.Sets)
        {
            string where = set is null ? "" : $" in the set {set}";
            ParameterUse[] uses = [.. cmdlet.Parameters.Select(parameter => parameter.In(set)).OfType<ParameterUse>()];
            int?[] positions = [.. uses.Select(use => use.Position).Where(position => position is not null)];
            if (positions.Distinct().Count() != positions.Length || positions.Any(position => position is < 0 or > 4))
                yield return $"has positions that are not unique and below 5{where}";
            if (uses.Count(use => use.ByValue) > 1)
                yield return $"takes several parameters from the pipeline by value{where}";
            // The default set may do without: it is what is left when no other set is meant.
            if (cmdlet.Sets.Count > 1 && set != cmdlet.DefaultSet && !cmdlet.Parameters.Any(parameter => parameter.Uses is [{ Mandatory: true } only] && only.Set == set))
                yield return $"has no mandatory parameter that is only{where}";
        }
    }

    private static IEnumerable<string> Paths(CmdletSurface cmdlet)
    {
        (ParameterSurface? path, ParameterSurface? literal) = (cmdlet["Path"], cmdlet["LiteralPath"]);
        if (literal is null)
        {
            if (path is not null && (path.Has<SupportsWildcardsAttribute>() || path.DeclaredType.IsArray))
                yield return "has a -Path with wildcards or for many files, and no -LiteralPath";
            yield break;
        }

        if (path is null || !path.Has<SupportsWildcardsAttribute>() || path.DeclaredType != typeof(string[]))
            yield return "has a -LiteralPath but no -Path that is a string[] with [SupportsWildcards]";
        if (!literal.Aliases.Contains("PSPath") || literal.DeclaredType != typeof(string[]) || literal.Has<SupportsWildcardsAttribute>())
            yield return "has a -LiteralPath that is not a string[] with the alias PSPath and without wildcards";
        if (cmdlet.DefaultSet != literal.Uses[0].Set)
            yield return "does not bind -LiteralPath by default, so outputs with brackets in their Path would bind as wildcards";
    }

    private static IEnumerable<string> Behaviour(CmdletSurface cmdlet)
    {
        if (!typeof(StorageCmdlet).IsAssignableFrom(cmdlet.Type))
            yield return "does not stand on StorageCmdlet";
        else if ((cmdlet["AsJob"] is not null) != OverridesRunsAsJob(cmdlet.Type))
            yield return "has -AsJob without RunsAsJob or the other way round";
        if (Reading.Contains(cmdlet.Verb) && cmdlet.SupportsShouldProcess)
            yield return "only reads, and supports ShouldProcess";
        if (!Reading.Contains(cmdlet.Verb) && !Either.Contains(cmdlet.Verb) && !cmdlet.SupportsShouldProcess)
            yield return "changes something, and does not support ShouldProcess";
        if (cmdlet.Impact == ConfirmImpact.High && !Destroying.Contains(cmdlet.Verb))
            yield return "has ConfirmImpact High and destroys nothing";
        if (cmdlet.Outputs is not [Type output])
            yield return "does not declare exactly one output type";
        else if (output == typeof(string) || output == typeof(object) || output == typeof(PSObject) || output.IsArray || output.Name.Contains("Tuple", StringComparison.Ordinal))
            yield return $"outputs {output.Name}";
        else if ((output == typeof(bool)) != (cmdlet.Verb == "Test"))
            yield return "outputs a bool and is no Test, or is a Test and outputs none";
    }

    private static bool OverridesRunsAsJob(Type type) =>
        type.GetProperty("RunsAsJob", BindingFlags.NonPublic | BindingFlags.Instance)!.DeclaringType != typeof(StorageCmdlet);

    private static bool IsPascal(string name) => char.IsAsciiLetterUpper(name[0]) && name.All(char.IsAsciiLetterOrDigit);

    /// <summary>Units are spoken in the plural: hours, bytes. -As is no noun.</summary>
    private static bool IsPlural(string name) =>
        name.EndsWith('s') && name != "As" && !((string[])["ss", "us", "is", "Qos", "Hours", "Seconds", "Bytes"]).Any(singular => name.EndsWith(singular, StringComparison.Ordinal));
}
