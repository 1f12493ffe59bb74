namespace OpenStackStorage.Services.Tests;

/// <summary>How every catalogue keeps records.</summary>
public abstract class CatalogRecordConformance : CatalogTest
{
    private static readonly Volume Full = new()
    {
        Id = new VolumeId(Guid.Parse("00000000-0000-0000-0000-0000000000aa")),
        Name = "Robert'); DROP TABLE volumes;--",
        Description = "\r\n\u00E4\U0001F600",
        Status = VolumeStatus.ErrorBackingUp,
        PreviousStatus = VolumeStatus.InUse,
        MigrationStatus = MigrationStatus.Completing,
        SizeGiB = int.MaxValue,
        Project = "p'1",
        User = "u",
        VolumeType = "fast",
        Host = "node@ssd#pool",
        AvailabilityZone = "nova",
        Bootable = true,
        Multiattach = true,
        ReadOnly = true,
        SourceImage = IdOf(1),
        SourceVolume = VolumeId.New(),
        SourceSnapshot = SnapshotId.New(),
        Metadata = new Dictionary<string, string> { ["x'; --"] = "", ["b"] = "\"" },
        ImageMetadata = new Dictionary<string, string> { ["CamelCase"] = "1" },
        DriverState = new Dictionary<string, string> { ["file"] = "a" },
        Cached = new CachedImage(IdOf(2), Start, Start.AddMicroseconds(7)),
        CreatedAt = Start.AddMicroseconds(1),
        UpdatedAt = Start.AddMicroseconds(2),
        LastError = "no",
    };

    [Fact]
    public void A_record_comes_back_as_it_was_put()
    {
        Put(Full);
        Volume found = Catalog.Read(catalog => catalog.Find(VolumeTables.Volumes, Full.Id.ToString()))!;
        Assert.Equivalent(Full, found, strict: true);
        Assert.Null(Catalog.Read(catalog => catalog.Find(VolumeTables.Volumes, VolumeId.New().ToString())));
    }

    [Fact]
    public void A_null_comes_back_where_the_default_is_a_value()
    {
        Backend backend = new() { Name = "ssd", Driver = "File", Host = "node", MaxOverSubscriptionRatio = null, CreatedAt = Start };
        VolumeReservation reservation = new(Guid.NewGuid(), "p1", 1, 1, TypeOnly: false, Start);
        Catalog.Write(change =>
        {
            change.Put(VolumeTables.Backends, backend);
            change.Put(VolumeTables.Reservations, reservation);
            return true;
        });
        Assert.Null(Catalog.Read(catalog => catalog.Find(VolumeTables.Backends, "ssd"))!.MaxOverSubscriptionRatio);
        Assert.Equal(reservation, Assert.Single(Catalog.Read(catalog => catalog.List(VolumeTables.Reservations))));
    }

    [Fact]
    public void Records_are_found_by_their_columns_in_the_order_of_their_addition()
    {
        for (int at = 0; at < 4; at++)
            Put(Plain(at));
        Put(Plain(1) with { Description = "changed" });
        Assert.Equal(["0", "1", "2", "3"], Names());
        Assert.Equal(["1", "3"], Names(("type", "odd")));
        Assert.Equal(["0", "2"], Names(("type", null)));
        Assert.Equal(["3"], Names(("type", "odd"), ("name", "3")));
        Assert.Throws<ArgumentException>(() => Names(("nothing", 1)));
    }

    [Fact]
    public void Records_are_counted_and_summed()
    {
        for (int at = 0; at < 4; at++)
            Put(Plain(at));
        Assert.Equal(new CatalogTotal(4, 10), Total("size"));
        Assert.Equal(new CatalogTotal(2, 6), Total("size", ("type", "odd")));
        Assert.Equal(new CatalogTotal(0, 0), Total("size", ("type", "none")));
        Assert.Equal(new CatalogTotal(4, 0), Total(null));
    }

    [Fact]
    public void A_record_is_removed_and_what_was_undone_never_was()
    {
        Put(Full);
        Assert.Throws<InvalidOperationException>(() => Catalog.Write<bool>(catalog =>
        {
            catalog.Remove(VolumeTables.Volumes, Full.Id.ToString());
            throw new InvalidOperationException();
        }));
        Assert.Single(Names());
        Assert.True(Catalog.Write(catalog => catalog.Remove(VolumeTables.Volumes, Full.Id.ToString())));
        Assert.False(Catalog.Write(catalog => catalog.Remove(VolumeTables.Volumes, Full.Id.ToString())));
        Assert.Empty(Names());
    }

    private static Volume Plain(int at) => new()
    {
        Id = new VolumeId(new Guid(9 - at, 0, 0, new byte[8])),
        Name = $"{at}",
        Status = VolumeStatus.Available,
        SizeGiB = at + 1,
        Project = "p",
        User = "u",
        VolumeType = at % 2 == 1 ? "odd" : null,
        AvailabilityZone = "nova",
        CreatedAt = Start,
        UpdatedAt = Start,
    };

    private void Put(Volume volume) => Catalog.Write(catalog =>
    {
        catalog.Put(VolumeTables.Volumes, volume);
        return true;
    });

    private IEnumerable<string?> Names(params (string, object?)[] where) =>
        Catalog.Read(catalog => catalog.List(VolumeTables.Volumes, where)).Select(volume => volume.Name);

    private CatalogTotal Total(string? sum, params (string, object?)[] where) => Catalog.Read(catalog => catalog.Total(VolumeTables.Volumes, sum, where));
}
