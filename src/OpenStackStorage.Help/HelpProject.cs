using System.Reflection;

namespace OpenStackStorage.Help;

/// <summary>The help of one repository: its pages, its cmdlets, and what is generated from both.</summary>
/// <param name="root">The repository's folder.</param>
/// <param name="commands">The cmdlets that the module has.</param>
public sealed class HelpProject(string root, IReadOnlyList<CommandSurface> commands)
{
    /// <summary>The module, its assembly and its help file have this name.</summary>
    public const string ModuleName = "OpenStackStorage";

    private const string ErrorTopic = "about_OpenStackStorage_Errors";

    private string PageFolder => Path.Combine(root, "docs", "en-US");

    private string OutputFolder => Path.Combine(root, "en-US");

    /// <summary>The repository around a folder, with the cmdlets of the assembly that this program was built with.</summary>
    public static HelpProject Open(string folder) => new(FindRoot(folder), ReadCommands());

    /// <summary>The nearest folder upwards that holds the solution.</summary>
    public static string FindRoot(string folder)
    {
        for (DirectoryInfo? candidate = new(folder); candidate is not null; candidate = candidate.Parent)
        {
            if (File.Exists(Path.Combine(candidate.FullName, ModuleName + ".slnx")))
                return candidate.FullName;
        }

        throw new DirectoryNotFoundException($"'{folder}' is not in a clone of {ModuleName}.");
    }

    /// <summary>Writes the generated parts of every page and of the error table; the paths of what changed.</summary>
    public IReadOnlyList<string> Update() => Save(
    [
        .. commands.Where(command => File.Exists(PagePath(command.Name)))
            .Select(command => new Output(PagePath(command.Name), PageWriter.Write(command, ReadPage(command.Name)))),
        .. ErrorOutputs(),
    ]);

    /// <summary>Writes <c>docs/errors.md</c> and the error topic's table from <see cref="ErrorIds.All"/>.</summary>
    public IReadOnlyList<string> UpdateErrors() => Save([.. ErrorOutputs()]);

    /// <summary>Writes <c>en-US</c> from the pages.</summary>
    public IReadOnlyList<string> Build() => Save([.. HelpOutputs()]);

    /// <summary>Writes a page to fill in for a cmdlet that has none.</summary>
    public string Scaffold(string name)
    {
        CommandSurface command = commands.FirstOrDefault(candidate => string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"The module has no cmdlet '{name}'.", nameof(name));
        string path = PagePath(command.Name);
        if (File.Exists(path))
            throw new InvalidOperationException($"'{path}' exists already.");
        Save([new Output(path, PageWriter.Write(command, PageWriter.Scaffold(command)))]);
        return path;
    }

    /// <summary>Everything that is wrong with the help, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Check()
    {
        List<string> problems = [];
        string[] pages = [.. CommandPages()];
        problems.AddRange(commands.Select(command => command.Name).Except(pages)
            .Select(name => $"{name}: no page; run 'new {name}'."));
        problems.AddRange(pages.Except(commands.Select(command => command.Name))
            .Select(name => $"docs/en-US/{name}.md: the module has no such cmdlet."));
        foreach (CommandSurface command in commands.Where(command => pages.Contains(command.Name)))
            problems.AddRange(PageCheck.Check(command, File.ReadAllText(PagePath(command.Name)), commands));
        if (problems.Count > 0)
            return problems;
        Output[] expected = [.. HelpOutputs(), .. ErrorOutputs()];
        problems.AddRange(expected.Where(output => !output.IsCurrent).Select(output => $"{Relative(output.Path)}: stale; run './build.sh docs'."));
        if (Directory.Exists(OutputFolder))
        {
            problems.AddRange(Directory.EnumerateFiles(OutputFolder)
                .Except(expected.Select(output => output.Path))
                .Select(path => $"{Relative(path)}: nothing in docs/en-US makes it."));
        }

        return problems;
    }

    private static IReadOnlyList<CommandSurface> ReadCommands()
    {
        try
        {
            return SurfaceReader.Read(Assembly.Load(ModuleName));
        }
        catch (FileNotFoundException)
        {
            return []; // built before the cmdlet project was there
        }
    }

    private static IReadOnlyList<string> Save(IReadOnlyList<Output> outputs)
    {
        Output[] changed = [.. outputs.Where(output => !output.IsCurrent)];
        foreach (Output output in changed)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(output.Path)!);
            File.WriteAllText(output.Path, output.Text);
        }

        return [.. changed.Select(output => output.Path)];
    }

    private IEnumerable<Output> HelpOutputs()
    {
        (CommandSurface, CommandPage)[] pages = [.. commands.Where(command => File.Exists(PagePath(command.Name)))
            .Select(command => (command, PageWriter.Merge(command, ReadPage(command.Name))))];
        yield return new Output(Path.Combine(OutputFolder, ModuleName + ".dll-Help.xml"), MamlWriter.Write(pages));
        foreach (string topic in Names("about_*.md"))
        {
            string path = Path.Combine(OutputFolder, topic + ".help.txt");
            yield return new Output(path, AboutTopic.Write(topic, File.ReadAllText(PagePath(topic))));
        }
    }

    private IEnumerable<Output> ErrorOutputs()
    {
        yield return new Output(Path.Combine(root, "docs", "errors.md"), ErrorTable.Page(ErrorIds.All));
        string topic = PagePath(ErrorTopic);
        if (File.Exists(topic))
            yield return new Output(topic, ErrorTable.FillTopic(File.ReadAllText(topic), ErrorIds.All));
    }

    private CommandPage ReadPage(string name) => PageReader.Read(File.ReadAllText(PagePath(name)));

    private string PagePath(string name) => Path.Combine(PageFolder, name + ".md");

    private IEnumerable<string> CommandPages() => Names("*-*.md");

    private IEnumerable<string> Names(string pattern) => Directory.Exists(PageFolder)
        ? Directory.EnumerateFiles(PageFolder, pattern).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)
        : [];

    private string Relative(string path) => Path.GetRelativePath(root, path).Replace('\\', '/');

    private sealed record Output(string Path, string Text)
    {
        public bool IsCurrent => File.Exists(Path) && File.ReadAllText(Path).ReplaceLineEndings("\n") == Text;
    }
}
