using System.Globalization;
using OpenStackStorage.Benchmarks;

// Usage: dotnet run -c Release --project tests/Benchmarks [-- [NAME] [--size BYTES] [--part-power MAXIMUM] [--runs N] [--write FILE]]
// NAME: "rings", "services" (of it "catalog", "upload" or "volumes" alone) or "images" for one section, or the image rows with it in their name.
// Called by itself as: worker JOB SOURCE TARGET FORMAT CODEC RUNS, or ring-worker PARTPOWER DEVICES RUNS
if (args is ["worker", ..])
    return Worker.Run(args[1..]);
if (args is ["ring-worker", ..])
    return RingWorker.Run(args[1..]);

long size = 1L << 30;
int runs = 5;
int maximumPartPower = 24;
string? report = null;
string? filter = null;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--size" when i + 1 < args.Length:
            size = (long)OpenStackStorage.ByteSize.Parse(args[++i]);
            break;
        case "--runs" when i + 1 < args.Length:
            runs = int.Parse(args[++i], CultureInfo.InvariantCulture);
            break;
        case "--part-power" when i + 1 < args.Length:
            maximumPartPower = int.Parse(args[++i], CultureInfo.InvariantCulture);
            break;
        case "--write" when i + 1 < args.Length:
            report = args[++i];
            break;
        case string name when filter is null && !name.StartsWith('-'):
            filter = name;
            break;
        default:
            Console.Error.WriteLine($"'{args[i]}' was not expected: [NAME] [--size BYTES] [--part-power MAXIMUM] [--runs N] [--write FILE]");
            return 2;
    }
}

static string Section(params string[] parts) => string.Join('\n', parts.Where(part => part.Length > 0));

string folder = Directory.CreateTempSubdirectory("openstackstorage-bench-").FullName;
try
{
    string images = filter is "rings" or "services" or "catalog" or "upload" or "volumes" ? "" : new Benchmark(folder, size, runs).Run(filter == "images" ? null : filter);
    string rings = filter is null or "rings" ? RingBenchmark.Run(runs, maximumPartPower) : "";
    string catalog = filter is null or "services" or "catalog" ? new CatalogBenchmark(folder, runs).Run() : "";
    string uploads = filter is null or "services" or "upload" ? new UploadBenchmark(folder, size, runs).Run() : "";
    string volumes = filter is null or "services" or "volumes" ? new VolumeBenchmark(folder, runs).Run() : "";
    string services = catalog.Length + uploads.Length + volumes.Length > 0
        ? Section("## Services\n\nMade by `./build.sh bench services`.\n", catalog, uploads, volumes)
        : "";
    string text = Section(images, rings, services);
    Console.WriteLine(text);
    if (report is not null)
        File.WriteAllText(report, text);
    return 0;
}
catch (Exception error) when (error is InvalidOperationException or ArgumentException { ParamName: "filter" })
{
    // Caught so that the folder goes: a program of ours or the peer's failed, or no row has that name.
    Console.Error.WriteLine(error.Message);
    return error is ArgumentException ? 2 : 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
