using System.Text;

namespace OpenStackStorage.Services.Tests;

public class ImageRecordFileTests
{
    private static Image Full { get; } = new()
    {
        Id = ImageId.New(),
        Name = "a\"\u0000ä\U0001F600",
        Status = ImageStatus.PendingDelete,
        Visibility = ImageVisibility.Community,
        DiskFormat = ImageDiskFormat.Qcow2,
        ContainerFormat = ImageContainerFormat.Bare,
        Size = long.MaxValue,
        VirtualSize = 0,
        Checksum = "c",
        HashAlgorithm = "sha512",
        HashValue = "h",
        Owner = "one",
        MinDisk = 1,
        MinRam = 2,
        Protected = true,
        Hidden = true,
        Tags = ["b", "ä"],
        Properties = new Dictionary<string, string> { ["HW_Disk-bus"] = "", ["version"] = "\r\n" },
        Locations = [new("file", "key"), new("other", "a/b")],
        CreatedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMicroseconds(6),
        UpdatedAt = DateTimeOffset.UnixEpoch,
        DeletedAt = DateTimeOffset.UnixEpoch.AddMicroseconds(1),
        LastError = "no",
    };

    [Fact]
    public void An_image_comes_back_as_it_was_written()
    {
        Image read = Read(Text(Full));
        Assert.Equal(Full.Tags, read.Tags);
        Assert.Equal(Full.Properties, read.Properties);
        Assert.Equal(Full.Locations, read.Locations);
        Assert.Equal(Full, read with { Tags = Full.Tags, Properties = Full.Properties, Locations = Full.Locations });
    }

    [Fact]
    public void Every_state_and_format_comes_back()
    {
        foreach (ImageStatus status in Enum.GetValues<ImageStatus>())
            Assert.Equal(status, Read(Text(Full with { Status = status })).Status);
        foreach (ImageDiskFormat format in Enum.GetValues<ImageDiskFormat>())
            Assert.Equal(format, Read(Text(Full with { DiskFormat = format })).DiskFormat);
        Assert.Null(Read(Text(Full with { DiskFormat = null })).DiskFormat);
    }

    [Fact]
    public void A_newer_record_is_refused() =>
        Assert.Equal(ErrorIds.StoreTooNew, Assert.Throws<ServiceException>(() => Read("{\"version\": 2, \"what\": []}")).Id);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"version\": \"1\"}")]
    [InlineData("{\"version\": 1}")]
    [InlineData("{\"version\": 1, \"image\": null}")]
    [InlineData("{\"version\": 1, \"image\": {}}")]
    [InlineData("{\"version\": 1, \"version\": 1}")]
    public void What_is_no_record_is_named(string text) =>
        Assert.Equal(ErrorIds.ImageRecordDamaged, Assert.Throws<ServiceException>(() => Read(text)).Id);

    [Theory]
    [InlineData("\"pending_delete\"", "\"asleep\"")]
    [InlineData("\"pending_delete\"", "3")]
    [InlineData("\"one\"", "null")]
    [InlineData("\"id\": \"", "\"id\": \"x")]
    public void A_record_with_a_wrong_value_is_named(string sound, string wrong) =>
        Assert.Equal(ErrorIds.ImageRecordDamaged,
            Assert.Throws<ServiceException>(() => Read(Text(Full).Replace(sound, wrong, StringComparison.Ordinal))).Id);

    [Fact]
    public void A_record_that_is_cut_off_is_named() =>
        Assert.Equal(ErrorIds.ImageRecordDamaged, Assert.Throws<ServiceException>(() => Read(Text(Full)[..100])).Id);

    private static string Text(Image image)
    {
        using MemoryStream stream = new();
        ImageRecordFile.Write(stream, image);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static Image Read(string text)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(text));
        return ImageRecordFile.Read(stream);
    }
}
