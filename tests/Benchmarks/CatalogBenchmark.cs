using System.Diagnostics;
using System.Globalization;
using System.Text;
using OpenStackStorage.Services;

namespace OpenStackStorage.Benchmarks;

/// <summary>Questions to a catalogue of many images, asked of the service in this process again and again.</summary>
internal sealed class CatalogBenchmark(string folder, int runs)
{
    private const int Images = 10_000;
    private const int Page = 1000;
    private const int Repeats = 20;

    private static readonly Identity User = new("bench", "bench", ["admin"]);

    public string Run()
    {
        using EmbeddedStore store = EmbeddedStore.Open(Path.Combine(folder, "store"));
        ImageId[] ids = Fill(store);
        ImageService service = store.Images(User);
        (string Name, int Expected, Func<int> Work)[] jobs =
        [
            ($"the first page of {Page}", Page, () => service.List(new ImageQuery()).Take(Page).Count()),
            ($"all {Images}", Images, () => service.List(new ImageQuery()).Count()),
            ("a filter: tag and property", Images / 20, () => service.List(new ImageQuery { Tags = ["tag-1"], Properties = Property("os_version", "1") }).Count()),
            ("a filter: size and status", Images / 10, () => service.List(new ImageQuery { SizeMin = Images - (Images / 10), Statuses = [ImageStatus.Active] }).Count()),
            ("a name", 1, () => service.List(new ImageQuery { Names = [NameOf(Images / 2)] }).Count()),
            ("a pattern of names: *-77*", Matching(), () => service.List(new ImageQuery { NamePatterns = ["*-77*"] }).Count()),
            ("a show", 1, () => service.Get(ids[Images / 3]) is not null ? 1 : 0),
        ];
        StringBuilder rows = new();
        foreach ((string name, int expected, Func<int> work) in jobs)
        {
            Measurement one = Measure(name, expected, work);
            rows.Append(CultureInfo.InvariantCulture, $"| {name} | {expected} | {one.Wall * 1000:0.0} | {one.Processor * 1000:0.0} |\n");
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            ### Catalogue

            {Images} images, each with two tags, three properties and a location, asked of the service within one process. Each figure is one of
            {Repeats} questions in a row, the median of {runs} such rows after one that only warms up.

            | question | images found | wall ms | CPU ms |
            |---|---|---|---|
            {rows}
            """);
    }

    private Measurement Measure(string name, int expected, Func<int> work)
    {
        List<Sample> samples = [];
        for (int run = -1; run < runs; run++)
        {
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            for (int repeat = 0; repeat < Repeats; repeat++)
            {
                int found = work();
                if (found != expected)
                    throw new InvalidOperationException($"{name}: {found} images were found, not {expected}.");
            }

            if (run >= 0) // the first one only warms up
                samples.Add(new Sample(Stopwatch.GetElapsedTime(start).TotalSeconds / Repeats, (Environment.CpuUsage.TotalTime - processor).TotalSeconds / Repeats));
        }

        return new Measurement(samples, 0, 0);
    }

    private static ImageId[] Fill(EmbeddedStore store) => store.Catalog.Write(writer =>
    {
        ImageId[] ids = [.. Enumerable.Range(0, Images).Select(_ => ImageId.New())];
        for (int number = 0; number < Images; number++)
            writer.PutImage(At(ids[number], number));
        return ids;
    });

    private static Image At(ImageId id, int number) => new()
    {
        Id = id,
        Name = NameOf(number),
        Status = ImageStatus.Active,
        DiskFormat = ImageDiskFormat.Qcow2,
        ContainerFormat = ImageContainerFormat.Bare,
        Size = number,
        VirtualSize = number,
        Checksum = number.ToString("x32", CultureInfo.InvariantCulture),
        HashAlgorithm = "sha512",
        HashValue = number.ToString("x128", CultureInfo.InvariantCulture),
        Owner = User.Project,
        Tags = [$"tag-{number % 10}", "tag-all"],
        Properties = new Dictionary<string, string>
        {
            ["os_distro"] = "debian",
            ["os_version"] = (number % 20).ToString(CultureInfo.InvariantCulture),
            ["hw_disk_bus"] = "virtio",
        },
        Locations = [new ImageLocation("file", id.ToString())],
        CreatedAt = DateTimeOffset.UnixEpoch.AddSeconds(number),
        UpdatedAt = DateTimeOffset.UnixEpoch.AddSeconds(number),
    };

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"image-{number}");

    private static int Matching() => Enumerable.Range(0, Images).Count(number => NameOf(number).Contains("-77", StringComparison.Ordinal));

    private static Dictionary<string, string> Property(string name, string value) => new() { [name] = value };
}
