using System.Diagnostics;
using System.Globalization;
using System.Text;
using OpenStackStorage.Disks;
using OpenStackStorage.Services;

namespace OpenStackStorage.Benchmarks;

/// <summary>Volumes in qcow2 files, asked of the service in this process.</summary>
internal sealed class VolumeBenchmark(string folder, int runs)
{
    private const int ImageGiB = 2;
    private const int ImageDataMiB = 64;
    private const int Volumes = 1000;
    private const int Repeats = 20;

    private static readonly Identity User = new("bench", "bench", ["admin"]);
    private static readonly WorkProgress Quiet = new();

    public string Run()
    {
        using EmbeddedStore store = EmbeddedStore.Open(Path.Combine(folder, "volumes"));
        store.Backends(User).Add(new Backend
        {
            Name = "bench",
            Driver = "File",
            Host = "bench",
            Options = new Dictionary<string, string> { ["path"] = Path.Combine(folder, "backend") },
            MaxOverSubscriptionRatio = 1e6,
            CreatedAt = DateTimeOffset.UnixEpoch,
        });
        foreach (string quota in new[] { "volumes", "gigabytes" })
            store.Backends(User).SetQuota(quota, null, -1);
        VolumeService service = store.Volumes(User);
        ImageId image = Upload(store);
        VolumeSpec ofImage = new() { Image = image };
        StringBuilder rows = new();

        Row(rows, "the first volume of the image, which is copied", 1, Measure(() => service.Create(ofImage, Quiet, CancellationToken.None)));
        long taken = MeasureDisk(store, service, ofImage);
        Row(rows, "a volume of the cached image", 1, Median(() => service.Create(ofImage, Quiet, CancellationToken.None)));
        foreach ((string what, VolumeSpec spec) in new[] { ("blank", new VolumeSpec { SizeGiB = 1 }), ("of the cached image", ofImage) })
        {
            List<VolumeId> made = [];
            Row(rows, $"create {Volumes}, {what}", Volumes, Measure(() => Repeat(() => made.Add(service.Create(spec, Quiet, CancellationToken.None).Id))));
            Row(rows, $"list {Volumes}", Volumes, Measure(() => service.List(new VolumeQuery())));
            Row(rows, $"delete {Volumes}, {what}", Volumes, Measure(() => made.ForEach(volume => service.Delete(volume, new VolumeDeletion(), Quiet, CancellationToken.None))));
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            ### Volumes

            Backend File with qcow2, an image of {ImageGiB} GiB that holds {ImageDataMiB} MiB of data. The volume of the cached image is the median of {runs} rows of
            {Repeats}, the others are done once. A volume of the cached image takes {taken / 1024} KiB on the medium.

            | job | volumes | wall s | CPU s | ms each |
            |---|---|---|---|---|
            {rows}
            """);
    }

    private static void Row(StringBuilder rows, string name, int volumes, Sample sample) =>
        rows.Append(CultureInfo.InvariantCulture, $"| {name} | {volumes} | {sample.Wall:0.000} | {sample.Processor:0.000} | {sample.Wall * 1000 / volumes:0.0} |\n");

    private static void Repeat(Action work)
    {
        for (int number = 0; number < Volumes; number++)
            work();
    }

    private static Sample Measure(Action work)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        work();
        return new Sample(Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
    }

    private Sample Median(Action work)
    {
        List<Sample> samples = [];
        for (int run = -1; run < runs; run++)
        {
            Sample sample = Measure(() =>
            {
                for (int repeat = 0; repeat < Repeats; repeat++)
                    work();
            });
            if (run >= 0) // the first one only warms up
                samples.Add(new Sample(sample.Wall / Repeats, sample.Processor / Repeats));
        }

        Measurement median = new(samples, 0, 0);
        return new Sample(median.Wall, median.Processor);
    }

    private static long MeasureDisk(EmbeddedStore store, VolumeService service, VolumeSpec spec)
    {
        Volume volume = service.Create(spec, Quiet, CancellationToken.None);
        IVolumeDriver driver = VolumeParts.Of(store).Drivers(store.Backends(User).Get("bench"));
        return driver.GetLayers(volume).Where(layer => layer.Volume == volume.Id).Sum(layer => layer.AllocatedBytes);
    }

    private ImageId Upload(EmbeddedStore store)
    {
        string path = Path.Combine(folder, "image.raw");
        using (FileStream file = File.Create(path))
        {
            byte[] data = new byte[1 << 20];
            Random random = new(1);
            for (int at = 0; at < ImageDataMiB; at++)
            {
                random.NextBytes(data);
                file.Position = at * ((long)ImageGiB << 30) / ImageDataMiB;
                file.Write(data);
            }

            file.SetLength((long)ImageGiB << 30);
        }

        ImageService images = store.Images(User);
        Image image = images.Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare });
        return images.Upload(image.Id, new ImageContent.FromFile(path), new ImageUploadOptions(), Quiet, CancellationToken.None).Id;
    }
}
