using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.Glance;

public sealed class CheckGlanceImageTests : IDisposable
{
    private readonly StoreLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void An_image_as_it_came_is_good_and_its_bytes_are_counted()
    {
        GlanceImage image = StoreLab.NewImage(_lab.Admin, "win", [1, 2, 3]);
        MemoryHost host = new();
        CheckGlanceImageOperation.Test(new(image), host);
        Assert.Equal([true], host.Objects);
        Assert.Equal((3, 3), (host.Activities[0].Progress.Done, host.Activities[0].Progress.Total));
        Assert.Empty(Findings(image));
    }

    [Fact]
    public void Changed_data_is_found_by_its_hash()
    {
        GlanceImage image = StoreLab.NewImage(_lab.Admin, "win", [1, 2, 3]);
        File.WriteAllBytes(FileOf(image), [1, 2, 4]);
        Assert.Equal(["Error Hash file"], Findings(image));
        MemoryHost host = new();
        CheckGlanceImageOperation.Test(new(image), host);
        Assert.Equal([false], host.Objects);
        Assert.Contains("sha512", Assert.Single(host.Verbose), StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_is_short_or_gone_is_found()
    {
        GlanceImage image = StoreLab.NewImage(_lab.Admin, "win", new byte[1024]);
        File.WriteAllBytes(FileOf(image), new byte[512]);
        Assert.Equal(["Error Length file", "Error Format file"], Findings(image));
        File.Delete(FileOf(image));
        Assert.Equal(["Error Data file"], Findings(image));
    }

    [Fact]
    public void Data_of_another_format_or_that_refers_to_files_is_found_whatever_its_hash()
    {
        GlanceImage image = StoreLab.NewImage(_lab.Admin, "win", new byte[1024]);
        byte[] qcow2 = new byte[1024];
        new byte[] { (byte)'Q', (byte)'F', (byte)'I', 0xFB, 0, 0, 0, 3 }.CopyTo(qcow2, 0);
        qcow2[15] = 8; // backing_file_offset
        qcow2[19] = 4;
        File.WriteAllBytes(FileOf(image), qcow2);
        Assert.Equal(["Error Hash file", "Error Content file"], Findings(image));
    }

    [Fact]
    public void An_image_without_data_is_not_good()
    {
        GlanceImage image = StoreLab.NewImage(_lab.Admin, "win");
        Assert.Equal(["Error Data "], Findings(image));
    }

    [Fact]
    public void Who_may_not_read_the_data_may_not_check_it()
    {
        GlanceImage image = StoreLab.NewImage(_lab.As("web", "member"), "win", [1]);
        image.Connection.Images.Deactivate(image.Id);
        Assert.Equal(ErrorIds.NotAuthorized, Assert.Throws<Services.ServiceException>(() => Findings(image)).Id);
        Assert.Empty(Findings(GlanceImages.Find(_lab.Admin, "win")));
    }

    [Fact]
    public void A_stop_ends_the_check()
    {
        GlanceImage image = StoreLab.NewImage(_lab.Admin, "win", [1]);
        MemoryHost host = new() { Stop = new CancellationToken(canceled: true) };
        Assert.Throws<OperationCanceledException>(() => CheckGlanceImageOperation.Test(new(image), host));
        Assert.Empty(host.Objects);
    }

    private string FileOf(GlanceImage image) => Path.Combine(_lab.ImagesFolder, image.ImageId.ToString());

    private static string[] Findings(GlanceImage image)
    {
        MemoryHost host = new();
        CheckGlanceImageOperation.List(new(image), host);
        return [.. host.Objects.Cast<GlanceImageCheck>().Select(finding => $"{finding.Severity} {finding.Check} {finding.Store}")];
    }
}
