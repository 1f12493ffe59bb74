namespace OpenStackStorage.Disks;

/// <summary>Why a range of the guest's disk is lost.</summary>
public enum LossKind
{
    /// <summary>The medium does not give the bytes.</summary>
    Unreadable,

    /// <summary>The stored cluster can't be decompressed.</summary>
    Undecodable,

    /// <summary>The image's tables do not tell where the bytes are.</summary>
    Unmapped,
}

/// <summary>A range of the guest's disk that reads as zeroes because its bytes are lost.</summary>
/// <param name="Reason">The message of the first failure in the range.</param>
public readonly record struct LostRange(GuestOffset Start, long Length, LossKind Kind, string Reason)
{
    public GuestOffset End => Start + Length;
}

/// <summary>What an <see cref="ImageReader"/> that salvages could not read. It may be added to from several threads at once.</summary>
public sealed class SalvageLog
{
    private readonly Lock _lock = new();
    private readonly List<LostRange> _found = [];

    /// <summary>The lost ranges in order, neighbours of one kind joined.</summary>
    public IReadOnlyList<LostRange> Ranges()
    {
        List<LostRange> joined = [];
        lock (_lock)
        {
            _found.Sort((a, b) => a.Start.CompareTo(b.Start));
            foreach (LostRange next in _found)
            {
                if (joined is [.., var last] && last.Kind == next.Kind && next.Start <= last.End)
                    joined[^1] = last with { Length = Math.Max(last.Length, next.End - last.Start) };
                else
                    joined.Add(next);
            }
        }

        return joined;
    }

    internal void Add(GuestOffset start, long length, LossKind kind, StorageException error)
    {
        lock (_lock)
        {
            // Most losses go on where the last one ended, or are met a second time.
            if (_found is [.., var last] && last.Kind == kind && start >= last.Start && start <= last.End)
                _found[^1] = last with { Length = Math.Max(last.Length, start + length - last.Start) };
            else
                _found.Add(new LostRange(start, length, kind, error.Message));
        }
    }
}

/// <summary>Reads as much as a faulty medium gives.</summary>
internal static class Salvage
{
    /// <summary>Systems read files and devices in pages of this many bytes: a page with a bad sector fails as a whole.</summary>
    private const int PageSize = 4096;

    /// <summary>True for the failures that salvage goes on after: of the medium, and of the image's own structures.</summary>
    public static bool IsLoss(StorageException error) => error.Id == ErrorIds.ReadFailed || error.Id == ErrorIds.ImageCorrupt;

    /// <summary>Fills the buffer; pages that can't be read are filled with <paramref name="fill"/> and told of.</summary>
    public static void Read(BlockDevice device, HostOffset host, Span<byte> buffer, byte fill, Action<int, int, StorageException>? lost = null) =>
        Read(device, host, buffer, 0, fill, lost);

    private static void Read(BlockDevice device, HostOffset host, Span<byte> buffer, int start, byte fill, Action<int, int, StorageException>? lost)
    {
        try
        {
            device.ReadPadded(host, buffer);
        }
        catch (StorageException error) when (IsLoss(error))
        {
            long nextPage = (host.Value / PageSize * PageSize) + PageSize;
            if (nextPage >= host.Value + buffer.Length)
            {
                buffer.Fill(fill);
                lost?.Invoke(start, buffer.Length, error);
                return;
            }

            long middle = Math.Max(nextPage, (host.Value + (buffer.Length / 2)) / PageSize * PageSize);
            int half = (int)(middle - host.Value);
            Read(device, host, buffer[..half], start, fill, lost);
            Read(device, host + half, buffer[half..], start + half, fill, lost);
        }
    }
}
