namespace OpenStackStorage.Services.Tests;

public sealed class ImageQuotasTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteCatalog _catalog;

    public ImageQuotasTests() => _catalog = SqliteCatalog.Open(_folder["catalog.db"]);

    public void Dispose()
    {
        _catalog.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_defaults_are_Glances()
    {
        ImageQuotas quotas = Of("p1");

        Assert.Equal(
            [-1, -1, -1, 1099511627776, 128, 128, 128, 10],
            Enum.GetValues<ImageQuota>().Select(quota => quotas[quota]));
        Assert.Equal(
            ["image_size_total", "image_count_total", "image_count_uploading", "image_size_cap", "image_property_quota", "image_tag_quota", "image_member_quota", "image_location_quota"],
            Enum.GetValues<ImageQuota>().Select(ImageQuotas.NameOf));
    }

    [Fact]
    public void A_projects_own_setting_wins_over_the_one_for_all()
    {
        Set(ImageQuota.Tags, null, 5);
        Set(ImageQuota.Tags, "p1", 7);
        Set(ImageQuota.CountTotal, "a/b/c", 1);

        Assert.Equal(7, Of("p1")[ImageQuota.Tags]);
        Assert.Equal(5, Of("p2")[ImageQuota.Tags]);
        Assert.Equal(1, Of("a/b/c")[ImageQuota.CountTotal]);
        Set(ImageQuota.Tags, "p1", null);
        Assert.Equal(5, Of("p1")[ImageQuota.Tags]);
        Set(ImageQuota.Tags, null, null);
        Assert.Equal(128, Of("p1")[ImageQuota.Tags]);
    }

    [Theory]
    [InlineData(-1, long.MaxValue, true)]
    [InlineData(0, 0, true)]
    [InlineData(0, 1, false)]
    [InlineData(10, 10, true)]
    [InlineData(10, 11, false)]
    public void What_goes_beyond_is_refused_by_name(long limit, long attempted, bool allowed)
    {
        Set(ImageQuota.SizeTotal, "p1", limit);
        Action require = () => Of("p1").Require(ImageQuota.SizeTotal, attempted);

        if (allowed)
        {
            require();
            return;
        }

        ServiceException e = Assert.Throws<ServiceException>(require);
        Assert.Equal(ErrorIds.QuotaExceeded, e.Id);
        Assert.Equal("image_size_total", e.Target);
        Assert.Equal($"{attempted} bytes", e.Found);
        Assert.Equal($"at most {limit} bytes", e.Expected);
    }

    [Fact]
    public void A_limit_below_minus_one_is_refused() =>
        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<ServiceException>(() => Set(ImageQuota.Tags, null, -2)).Id);

    private ImageQuotas Of(string project) => _catalog.Read(reader => ImageQuotas.Of(reader, project));

    private void Set(ImageQuota quota, string? project, long? limit) => _catalog.Write(writer =>
    {
        ImageQuotas.Set(writer, quota, project, limit);
        return true;
    });
}
