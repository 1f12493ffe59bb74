using System.Globalization;
using OpenStackStorage.Fuzz;

if (args.Length is 0 or > 4 || (FuzzTargets.Find(args[0]) is null && args[0] != "all"))
{
    Console.Error.WriteLine("usage: dotnet run --project tests/Fuzz -- <target> [iterations] [seed] [first iteration]");
    Console.Error.WriteLine($"targets: all, {string.Join(", ", FuzzTargets.All.Select(target => target.Name))}");
    return 2;
}

int iterations = Number(1, 100_000);
int seed = Number(2, 1);
int first = Number(3, 0);
try
{
    foreach (FuzzTarget target in FuzzTargets.All.Where(target => args[0] == "all" || target.Name == args[0]))
    {
        long start = Environment.TickCount64;
        int accepted = FuzzRunner.Run(target, iterations, seed, first);
        Console.WriteLine($"{target.Name}: {iterations} inputs in {(Environment.TickCount64 - start) / 1000.0:0.0} s, {accepted} accepted");
    }
}
catch (FuzzFailureException failure)
{
    Console.Error.WriteLine(failure);
    return 1;
}

return 0;

int Number(int index, int otherwise) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
