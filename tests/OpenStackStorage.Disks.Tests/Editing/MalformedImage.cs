namespace OpenStackStorage.Disks.Tests;

/// <summary>Changes of images that are not what they should be.</summary>
internal static class MalformedImage
{
    /// <summary>Changes an image that may be malformed: nothing but a <see cref="StorageException"/> may come of it.</summary>
    public static void Change(Func<WritableImage> open, Random random)
    {
        const int MostBytes = 16 << 20; // of a malformed image's blocks, which would be held in memory
        try
        {
            using ImageEditor editor = new(open());
            if (editor.Image.ClusterSize > MostBytes || editor.Length == 0)
                return;
            int length = (int)Math.Min(editor.Length, 100_000);
            GuestOffset start = new(random.NextInt64(editor.Length - length + 1));
            editor.Write(start, new byte[length]);
            editor.Zero(start, length, free: true);
            editor.Flush();
            editor.Write(start, new byte[length]);
            editor.Resize(Math.Min(editor.Length * 2, MostBytes));
            editor.Close();
        }
        catch (StorageException)
        {
            // refused by name
        }
    }
}
