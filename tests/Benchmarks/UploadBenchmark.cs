using System.Diagnostics;
using System.Globalization;
using System.Text;
using OpenStackStorage.Disks;
using OpenStackStorage.Services;

namespace OpenStackStorage.Benchmarks;

/// <summary>
/// Uploads against their floor: reading the same file and digesting it with md5 and sha512, each on a thread of its own.
/// The jobs take turns, so that a machine that changes its speed changes it for all.
/// </summary>
internal sealed class UploadBenchmark(string folder, long size, int runs)
{
    private const string Floor = "read, md5 and sha512 alone";

    private readonly string _source = Path.Combine(folder, "disk.raw");
    private readonly string _images = Path.Combine(folder, "images");

    public string Run()
    {
        new Inputs(folder, size).Disk();
        Directory.CreateDirectory(_images);
        (string Name, Func<Sample> Work)[] jobs =
        [
            (Floor, () => Measure(Digest)),
            ("upload a file, no flush", () => Upload(FromFile, FlushPolicy.None)),
            ("upload a stream, no flush", () => Upload(FromStream, FlushPolicy.None)),
            ("upload a file, flushed", () => Upload(FromFile, FlushPolicy.Full)),
            ("upload a file as qcow2, no flush", () => Upload(FromFile, FlushPolicy.None, DiskImageFormat.Qcow2)),
        ];
        Dictionary<string, List<Sample>> samples = jobs.ToDictionary(job => job.Name, _ => new List<Sample>());
        for (int run = -1; run < runs; run++)
        {
            foreach ((string name, Func<Sample> work) in jobs)
            {
                Sample sample = work();
                if (run >= 0) // the first one only warms up
                    samples[name].Add(sample);
            }
        }

        return Report(samples);
    }

    private static Sample Measure(Action work)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        work();
        return new Sample(Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
    }

    private ImageContent FromFile() => new ImageContent.FromFile(_source);

    private ImageContent FromStream() => new ImageContent.FromStream(File.OpenRead(_source), null);

    private void Digest()
    {
        using ImageData data = new(Record(ImageId.New()) with { Checksum = "" }, FileBlockDevice.OpenRead(_source));
        try
        {
            ImageDownload.Verify(data, new WorkProgress(), CancellationToken.None);
        }
        catch (ServiceException error) when (error.Id == ErrorIds.ImageHashMismatch)
        {
            // It was to be computed, not to be equal.
        }
    }

    private Sample Upload(Func<ImageContent> content, FlushPolicy flush, DiskImageFormat? convertTo = null)
    {
        FileImageStore store = new(new FileImageStoreOptions
        {
            Folders = [new FileStoreFolder(_images)],
            Flush = flush,
        });
        ImageUploadRules rules = new() { DiskFormat = convertTo is null ? ImageDiskFormat.Raw : ImageDiskFormat.Qcow2, ConvertTo = convertTo };
        ImageId id = ImageId.New();
        ImageContent source = content();
        Sample sample = Measure(() =>
        {
            using ReceivedImage received = ImageUpload.Receive(store, id, source, rules, new WorkProgress(), CancellationToken.None);
            received.Commit(Record(id), CancellationToken.None);
        });
        if (source is ImageContent.FromStream stream)
            stream.Stream.Dispose();
        store.Delete(id.ToString());
        return sample;
    }

    private static Image Record(ImageId id) =>
        new() { Id = id, Status = ImageStatus.Active, Owner = "bench", CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch };

    private string Report(Dictionary<string, List<Sample>> samples)
    {
        double floor = new Measurement(samples[Floor], 0, 0).Wall;
        StringBuilder rows = new();
        foreach ((string name, List<Sample> taken) in samples)
        {
            Measurement one = new(taken, 0, 0);
            rows.Append(CultureInfo.InvariantCulture, $"| {name} | {one.Wall:0.00#} | {one.Processor:0.00#} | {size / one.Wall / 1e6:0} | {floor / one.Wall:0.00} |\n");
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            ### Uploads

            A disk of {ByteSize.Format(size)} in the page cache, {Environment.ProcessorCount} processors, {runs} runs after one that only warms up, medians.
            The floor is to read the file and digest it, each digest on a thread of its own.

            | job | wall s | CPU s | MB/s | of the floor's speed |
            |---|---|---|---|---|
            {rows}
            """);
    }
}
