namespace OpenStackStorage.Services.Tests.Security;

/// <summary>
/// A file outside the store, in a folder of its own. It notices when it is read, where the file system records that: its time
/// of access is older than its time of writing, so that "relatime" has the next read recorded too.
/// </summary>
internal sealed class Canary : IDisposable
{
    private static readonly DateTime LongAgo = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _secret = new byte[256 << 10];
    private readonly bool _tellsReads;

    public Canary()
    {
        new Random(47951).NextBytes(_secret);
        File.WriteAllBytes(Path, _secret);
        SetAccessTime();
        _ = File.ReadAllBytes(Path);
        _tellsReads = File.GetLastAccessTimeUtc(Path) != LongAgo;
        SetAccessTime();
    }

    public string Path => _folder["canary"];

    /// <summary>A name beside it that is not taken.</summary>
    public string Missing => _folder["missing"];

    public void RequireUntouched()
    {
        if (_tellsReads)
            Assert.Equal(LongAgo, File.GetLastAccessTimeUtc(Path));
        Assert.Equal(["canary"], _folder.Names());
        Assert.Equal(_secret, File.ReadAllBytes(Path));
        SetAccessTime();
    }

    public void Dispose() => _folder.Dispose();

    private void SetAccessTime() => File.SetLastAccessTimeUtc(Path, LongAgo);
}
