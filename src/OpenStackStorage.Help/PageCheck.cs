namespace OpenStackStorage.Help;

/// <summary>What a cmdlet's page must hold beyond what is generated.</summary>
public static class PageCheck
{
    private const int MinimumExamples = 3;

    private static readonly string[] CommonParameters =
    [
        "Debug", "ErrorAction", "ErrorVariable", "InformationAction", "InformationVariable", "OutBuffer", "OutVariable",
        "PipelineVariable", "ProgressAction", "Verbose", "WarningAction", "WarningVariable",
    ];

    /// <summary>Everything that is wrong with the page, one sentence each.</summary>
    /// <param name="commands">All cmdlets of the module: an example may call any of them.</param>
    public static IEnumerable<string> Check(CommandSurface command, string markdown, IReadOnlyList<CommandSurface> commands)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(markdown);
        markdown = markdown.ReplaceLineEndings("\n");
        CommandPage page = PageReader.Read(markdown);
        IEnumerable<string> problems =
        [
            .. Generated(command, page, markdown),
            .. Written(page),
            .. Examples(page, commands),
        ];
        return problems.Select(problem => $"{command.Name}: {problem}");
    }

    private static IEnumerable<string> Generated(CommandSurface command, CommandPage page, string markdown)
    {
        if (page.Name != command.Name)
            yield return $"the title is '{page.Name}'.";
        string[] parameters = [.. command.Parameters.Select(parameter => parameter.Name)];
        string[] described = [.. page.Parameters.Select(part => part.Title)];
        foreach (string name in parameters.Except(described))
            yield return $"-{name} has no help.";
        foreach (string name in described.Except(parameters))
            yield return $"-{name} has help but does not exist.";

        string current = PageWriter.Write(command, page);
        if (current == markdown)
            yield break;
        string[] found = markdown.Split('\n');
        string[] expected = current.Split('\n');
        int line = Enumerable.Range(0, Math.Min(found.Length, expected.Length)).FirstOrDefault(i => found[i] != expected[i], Math.Min(found.Length, expected.Length));
        string Line(string[] lines) => line < lines.Length ? lines[line].Trim() : "the end";
        yield return $"line {line + 1} is '{Line(found)}', the class says '{Line(expected)}'; run './build.sh docs'.";
    }

    private static IEnumerable<string> Written(CommandPage page)
    {
        (string Name, string Text)[] texts =
        [
            ("SYNOPSIS", page.Synopsis),
            ("DESCRIPTION", page.Description),
            ("NOTES", page.Notes),
            ("RELATED LINKS", page.RelatedLinks),
            .. page.Parameters.Select(part => ("-" + part.Title, part.Body)),
            .. page.Inputs.Select(part => ("INPUTS " + part.Title, part.Body)),
            .. page.Outputs.Select(part => ("OUTPUTS " + part.Title, part.Body)),
            .. page.Examples.Select(part => ("EXAMPLES " + part.Title, part.Title + part.Body)),
        ];
        foreach ((string name, string text) in texts)
        {
            if (text.Length == 0)
                yield return $"{name} is empty.";
            else if (text.Contains("{{", StringComparison.Ordinal))
                yield return $"{name} is not filled in.";
        }

        if (page.Synopsis.Split(' ')[0].ToUpperInvariant() is "THIS" or "THE" or "A" or "AN" or "IT")
            yield return "SYNOPSIS must start with a verb.";
        if (page.Synopsis.Contains('\n', StringComparison.Ordinal))
            yield return "SYNOPSIS must be one line.";
    }

    private static IEnumerable<string> Examples(CommandPage page, IReadOnlyList<CommandSurface> commands)
    {
        if (page.Examples.Count < MinimumExamples)
            yield return $"{page.Examples.Count} examples; at least {MinimumExamples} are needed.";
        foreach (PagePart example in page.Examples)
        {
            ProseBlock? code = Prose.Blocks(example.Body).FirstOrDefault(block => block.Kind == ProseKind.Code);
            if (code?.Info != "powershell")
            {
                yield return $"'{example.Title}' does not begin with a block of powershell.";
                continue;
            }

            IReadOnlyList<ExampleCall> calls = ExampleCode.Calls(code.Text);
            if (!calls.Any(call => Same(call.Command, page.Name)))
                yield return $"'{example.Title}' does not call {page.Name}.";
            foreach ((ExampleCall call, string name) in calls.SelectMany(call => call.Parameters.Select(name => (call, name))))
            {
                CommandSurface? target = commands.FirstOrDefault(candidate => Same(candidate.Name, call.Command));
                if (target is not null && !Knows(target, name))
                    yield return $"'{example.Title}' gives {target.Name} the unknown parameter -{name}.";
            }

            if (example == page.Examples[^1] && !calls.Any(call => call.FromPipeline))
                yield return $"the last example, '{example.Title}', is not a pipeline.";
        }
    }

    private static bool Knows(CommandSurface command, string name) =>
        CommonParameters.Any(common => Same(common, name))
        || command.Parameters.Any(parameter => Same(parameter.Name, name) || parameter.Aliases.Any(alias => Same(alias, name)));

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
