namespace OpenStackStorage.Help;

/// <summary>What a cmdlet offers, as its class declares it.</summary>
/// <param name="Name">Verb and noun: <c>Convert-DiskImage</c>.</param>
/// <param name="HelpUri">The address of the online page; empty where there is none.</param>
/// <param name="Aliases">Other names of the cmdlet.</param>
/// <param name="Sets">Names of the parameter sets, the default first; one <see cref="ParameterSurface.AllSets"/> where none is declared.</param>
/// <param name="HasDefaultSet">Whether the class names its default set.</param>
/// <param name="Parameters">Every parameter, <c>-WhatIf</c> and <c>-Confirm</c> last where the cmdlet has them.</param>
/// <param name="OutputTypes">Full names of what comes out.</param>
public sealed record CommandSurface(
    string Name,
    string HelpUri,
    IReadOnlyList<string> Aliases,
    IReadOnlyList<string> Sets,
    bool HasDefaultSet,
    IReadOnlyList<ParameterSurface> Parameters,
    IReadOnlyList<string> OutputTypes)
{
    public string Verb => Name[..Name.IndexOf('-', StringComparison.Ordinal)];

    public string Noun => Name[(Name.IndexOf('-', StringComparison.Ordinal) + 1)..];

    /// <summary>Full names of the types that the pipeline binds, each once.</summary>
    public IEnumerable<string> InputTypes => Parameters
        .Where(parameter => parameter.Sets.Any(set => set.ByValue || set.ByPropertyName))
        .Select(parameter => parameter.TypeName)
        .Distinct();

    /// <summary>A set's parameters as a syntax line shows them: by position, then required ones, then the rest.</summary>
    public IReadOnlyList<(ParameterSurface Parameter, SetSurface Set)> InSet(string set)
    {
        (ParameterSurface Parameter, SetSurface? Set)[] members = [.. Parameters
            .Where(parameter => !parameter.DontShow)
            .Select(parameter => (parameter, parameter.Sets.FirstOrDefault(
                candidate => candidate.Name == set || candidate.Name == ParameterSurface.AllSets)))];
        return [.. members
            .Where(member => member.Set is not null)
            .Select(member => (member.Parameter, member.Set!))
            .OrderBy(member => member.Item2.Position ?? (member.Item2.Required ? 1000 : 2000))];
    }
}

/// <summary>One parameter.</summary>
/// <param name="TypeName">The full name, as .NET writes it: <c>System.Nullable`1[System.UInt64]</c>.</param>
/// <param name="ShortTypeName">The name in syntax lines: <c>ulong</c>; empty for a switch.</param>
/// <param name="AcceptedValues">The values of an enum or a ValidateSet; empty for an open parameter.</param>
/// <param name="HelpMessage">The completion tooltip.</param>
/// <param name="Sets">The parameter sets it is in.</param>
public sealed record ParameterSurface(
    string Name,
    string TypeName,
    string ShortTypeName,
    IReadOnlyList<string> Aliases,
    IReadOnlyList<string> AcceptedValues,
    bool SupportsWildcards,
    bool DontShow,
    string HelpMessage,
    IReadOnlyList<SetSurface> Sets)
{
    /// <summary>PowerShell's name of "in every parameter set".</summary>
    public const string AllSets = "__AllParameterSets";

    public bool IsSwitch => ShortTypeName.Length == 0;
}

/// <summary>A parameter within one parameter set.</summary>
/// <param name="Position">From 0; null when the parameter is only given by name.</param>
public sealed record SetSurface(string Name, int? Position, bool Required, bool ByValue, bool ByPropertyName, bool Remaining);
