using System.Globalization;
using OpenStackStorage.Benchmarks;

// Usage: dotnet run -c Release --project tests/Benchmarks [-- [--size BYTES] [--runs N] [--write FILE]]
// Called by itself as: worker SOURCE TARGET FORMAT COMPRESS RUNS
if (args is ["worker", ..])
    return Worker.Run(args[1..]);

long size = 1L << 30;
int runs = 5;
string? report = null;
for (int i = 0; i + 1 < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--size":
            size = (long)OpenStackStorage.ByteSize.Parse(args[i + 1]);
            break;
        case "--runs":
            runs = int.Parse(args[i + 1], CultureInfo.InvariantCulture);
            break;
        case "--write":
            report = args[i + 1];
            break;
        default:
            Console.Error.WriteLine($"{args[i]} is not known: --size BYTES, --runs N, --write FILE");
            return 2;
    }
}

string folder = Directory.CreateTempSubdirectory("openstackstorage-bench-").FullName;
try
{
    string text = ConversionBenchmark.Run(folder, size, runs);
    Console.WriteLine(text);
    if (report is not null)
        File.WriteAllText(report, text);
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
