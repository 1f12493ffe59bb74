using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace OpenStackStorage.Services;

/// <summary>Reads <c>policy.yaml</c> and <c>policy.json</c>: a mapping from the names of rules to checks.</summary>
internal static class PolicyFile
{
    // Glance's whole sample is 30 KiB. Aliases can make little text very much.
    private const int MaxCharacters = 1 << 20;

    // Stream, document, mapping, list, inner list.
    private const int MaxDepth = 5;

    public static IReadOnlyDictionary<string, PolicyCheck> Parse(string text, string source)
    {
        if (text.Length > MaxCharacters)
            throw Invalid(source, null, $"{text.Length} characters", $"at most {MaxCharacters} characters");
        YamlStream stream = [];
        try
        {
            RefuseDepth(text, source);
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw Invalid(source, e.Start, e.InnerException?.Message ?? e.Message, "YAML or JSON, each rule once, checks in quotes");
        }

        Dictionary<string, PolicyCheck> rules = new(StringComparer.Ordinal);
        if (stream.Documents.Count == 0)
            return rules;
        YamlNode root = stream.Documents[0].RootNode;
        if (stream.Documents.Count > 1)
            throw Invalid(source, stream.Documents[1].RootNode.Start, "a second document", "one document");
        if (root is YamlScalarNode { Value: null or "" })
            return rules;
        if (root is not YamlMappingNode mapping)
            throw Invalid(source, root.Start, "no mapping", "names of rules with their checks, as in \"get_image\": \"role:reader\"");
        foreach ((YamlNode name, YamlNode check) in mapping)
        {
            if (name is not YamlScalarNode { Value: { Length: > 0 } key })
                throw Invalid(source, name.Start, "a name that is no text", "the name of a rule");
            rules.Add(key, ParseRule(key, check, source));
        }

        return rules;
    }

    // Loading calls itself for each level.
    private static void RefuseDepth(string text, string source)
    {
        Parser parser = new(new StringReader(text));
        for (int depth = 0; parser.MoveNext();)
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > MaxDepth)
                throw Invalid(source, parser.Current.Start, "lists nested more than 2 deep", "a rule, or a list of lists of checks");
        }
    }

    private static PolicyCheck ParseRule(string name, YamlNode check, string source)
    {
        try
        {
            return check is YamlSequenceNode list
                ? PolicyParser.Parse([.. list.Select(inner => ReadInnerList(inner))])
                : PolicyParser.Parse(ReadText(check));
        }
        catch (FormatException e)
        {
            throw Invalid(source, check.Start, $"the rule '{name}' can't be read: {e.Message}", "a rule of the policy language");
        }
    }

    private static IReadOnlyList<string> ReadInnerList(YamlNode inner) =>
        inner is YamlSequenceNode list ? [.. list.Select(ReadText)] : ReadText(inner) is { Length: > 0 } text ? [text] : [];

    // An unquoted ! is a tag to YAML. No value at all is the empty rule.
    private static string ReadText(YamlNode node)
    {
        if (node is not YamlScalarNode scalar)
            throw new FormatException("text or a list of lists of text was expected");
        if (!scalar.Tag.IsEmpty && scalar.Tag != "tag:yaml.org,2002:str")
            throw new FormatException($"'{scalar.Tag}' is a tag in YAML: put the check in quotes");
        return scalar.Style == ScalarStyle.Plain && scalar.Value is null or "~" or "null" ? "" : scalar.Value ?? "";
    }

    private static ServiceException Invalid(string source, Mark? mark, string found, string expected)
    {
        string place = mark is { } at ? string.Create(CultureInfo.InvariantCulture, $", line {at.Line}, column {at.Column}") : "";
        return new(ErrorIds.PolicyInvalid, $"'{source}'{place}: found {found}; expected {expected}.")
        {
            Target = source,
            Found = found,
            Expected = expected,
        };
    }
}
