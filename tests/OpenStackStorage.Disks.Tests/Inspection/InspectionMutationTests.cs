namespace OpenStackStorage.Disks.Tests;

public class InspectionMutationTests
{
    private const int Mutations = 20_000;
    private const int MostBytes = (1 << 20) + (64 << 10);

    [Fact]
    public void Mutated_images_never_fail_otherwise_than_with_a_storage_error_and_are_read_in_part()
    {
        (string Format, byte[] Bytes)[] samples = [.. InspectionSamples.All];
        Random random = new(20260101);
        int changed = 0;
        for (int i = 0; i < Mutations; i++)
        {
            (string format, byte[] bytes) = samples[i % samples.Length];
            byte[] image = Mutate(bytes, random);
            using CountingDevice device = new(image);
            try
            {
                InspectionResult result = ImageInspector.Inspect(device);
                changed += result.Findings.Count > 0 || result.Format != format ? 1 : 0;
                Assert.All(result.Findings, finding => Assert.InRange(finding.Offset ?? 0, 0, image.Length + 64));
                Assert.InRange(result.VirtualSize ?? 0, 0, long.MaxValue);
            }
            catch (StorageException)
            {
            }

            Assert.InRange(device.BytesRead, 0, MostBytes);
        }

        Assert.InRange(changed, Mutations / 20, Mutations); // the mutations do reach the fields
    }

    [Fact]
    public void A_text_without_end_is_read_for_1_MiB_at_most()
    {
        byte[] text = new byte[8 << 20];
        Array.Fill(text, (byte)'a');
        using CountingDevice device = new(text);
        Assert.Equal("raw", ImageInspector.Inspect(device).Format);
        Assert.InRange(device.BytesRead, 1 << 20, MostBytes);
    }

    [Fact]
    public void A_usual_image_is_read_for_a_few_KiB()
    {
        foreach ((string format, byte[] bytes) in InspectionSamples.All)
        {
            using CountingDevice device = new(bytes);
            ImageInspector.Inspect(device);
            Assert.True(device.BytesRead <= 8192, $"{format}: {device.BytesRead} bytes");
        }
    }

    private static byte[] Mutate(byte[] sample, Random random)
    {
        byte[] image = [.. sample];
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            int offset = random.Next(4) switch
            {
                0 => random.Next(Math.Min(image.Length, 128)),
                1 => random.Next(Math.Min(image.Length, 1536)),
                2 => Math.Max(0, image.Length - 1 - random.Next(1536)),
                _ => Interesting(image, random),
            };
            if (random.Next(3) == 0)
                image.AsSpan(offset, Math.Min(8, image.Length - offset)).Fill(random.Next(2) == 0 ? (byte)0xFF : (byte)0);
            else
                image[offset] = (byte)random.Next(256);
        }

        return random.Next(8) == 0 ? image[..random.Next(image.Length)] : image;
    }

    /// <summary>A byte that holds something: most of a sample is zero.</summary>
    private static int Interesting(byte[] image, Random random)
    {
        int start = random.Next(image.Length);
        int found = image.AsSpan(start).IndexOfAnyExcept((byte)0);
        return found < 0 ? start : start + found;
    }

    private sealed class CountingDevice(byte[] bytes) : BlockDevice
    {
        public long BytesRead { get; private set; }

        public override string Path => "counted";

        public override long Length => bytes.Length;

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
        {
            Assert.InRange(offset.Value, 0, bytes.Length);
            int read = (int)Math.Min(buffer.Length, bytes.Length - offset.Value);
            bytes.AsSpan((int)offset.Value, read).CopyTo(buffer);
            BytesRead += read;
            return read;
        }

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override void SetLength(long length) => throw new NotSupportedException();

        public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();
    }
}
