using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>Images, stores and content for tests.</summary>
internal static class TestImages
{
    public static Image Active(ImageId id) => new()
    {
        Id = id,
        Status = ImageStatus.Active,
        Owner = "project",
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    };

    public static FileImageStore FileStore(params string[] folders) =>
        new(new FileImageStoreOptions { Folders = [.. folders.Select(folder => new FileStoreFolder(folder))] });

    public static void Put(this IImageStore store, ImageId id, byte[] content)
    {
        using IPendingImageData pending = store.Begin(id, content.Length);
        pending.Device.Write(default, content);
        pending.Commit(Active(id), CancellationToken.None);
    }

    public static byte[] ReadAll(this IImageStore store, string key)
    {
        using BlockDevice device = store.Open(key);
        return device.ReadAll();
    }

    public static byte[] ReadAll(this BlockDevice device)
    {
        byte[] bytes = new byte[device.Length];
        device.Read(default, bytes);
        return bytes;
    }

    /// <summary>Noise with zero stretches at odd places.</summary>
    public static byte[] Mixed(int length, int seed = 1)
    {
        Random random = new(seed);
        byte[] bytes = new byte[length];
        for (int at = 0; at < length;)
        {
            int run = Math.Min(length - at, random.Next(1, 300_000));
            if (random.Next(2) == 0)
                random.NextBytes(bytes.AsSpan(at, run));
            at += run;
        }

        return bytes;
    }

    public static string Write(this TemporaryFolder folder, string name, byte[] content)
    {
        File.WriteAllBytes(folder[name], content);
        return folder[name];
    }

    public static string[] Names(this TemporaryFolder folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public static void AssertId(this StorageException error, ErrorId id) => Assert.Equal(id, error.Id);
}
