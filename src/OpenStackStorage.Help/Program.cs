using OpenStackStorage.Help;

const string usage = """
    usage: dotnet run --project src/OpenStackStorage.Help -- TASK

      new CMDLET     make a page to fill in: docs/en-US/CMDLET.md
      update         renew the generated parts of all pages and of the error table
      errors         renew docs/errors.md and the error topic alone
      build          make en-US/ from docs/en-US/
      check          say what is stale, missing or wrong; exit 1 if anything is
      package        make the module folder and its nupkg under artifacts/
      summary DIR [--failed REASON] [--no-pester REASON]
                     add up the test results under DIR; exit 1 unless all passed
    """;

string root = HelpProject.FindRoot(Directory.GetCurrentDirectory());
try
{
    switch (args)
    {
        case ["new", string name]:
            Console.WriteLine(HelpProject.Open(root).Scaffold(name));
            return 0;
        case ["update"]:
            return Changed(HelpProject.Open(root).Update());
        case ["errors"]:
            return Changed(HelpProject.Open(root).UpdateErrors());
        case ["build"]:
            return Changed(HelpProject.Open(root).Build());
        case ["check"]:
            IReadOnlyList<string> problems = HelpProject.Open(root).Check();
            foreach (string problem in problems)
                Console.Error.WriteLine(problem);
            return problems.Count == 0 ? 0 : 1;
        case ["package"]:
            ModulePackage package = ModulePackage.Create(root, Path.Combine(root, "artifacts"));
            Console.WriteLine(package.Folder);
            Console.WriteLine(package.NupkgPath);
            return 0;
        case ["summary", string folder, .. string[] options]:
            TestSummary summary = TestSummary.Read(folder, Path.Combine(root, "tests", "Pester"), options);
            summary.Write(Console.Out);
            return summary.Succeeded ? 0 : 1;
        default:
            Console.Error.WriteLine(usage);
            return 2;
    }
}
catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException or IOException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

static int Changed(IReadOnlyList<string> paths)
{
    foreach (string path in paths)
        Console.WriteLine(path);
    return 0;
}
