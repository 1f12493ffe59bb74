namespace OpenStackStorage.Disks;

/// <summary>
/// The grain tables that were used last. Tables of a new extent are mostly a hole of the file, and a hole is zeroes
/// without reading: a sparse disk of many TiB is mapped by its holes. A table once handed out never changes; whoever writes
/// another one over it says so.
/// </summary>
internal sealed class VmdkTableCache(BlockDevice device, int tableLength)
{
    private const int Slots = 128;

    private readonly Slot?[] _slots = new Slot?[Slots];

    /// <summary>The run of data or the hole that was found last: finding where one ends may cost the file system a walk.</summary>
    private volatile Run? _run;

    /// <summary>The table at an offset, which lies inside the file; empty when it is all zeroes.</summary>
    public ReadOnlySpan<byte> Get(long offset)
    {
        Run? run = _run;
        if (run is { IsData: false } && run.Holds(offset, tableLength))
            return [];
        ref Slot? slot = ref _slots[(int)(offset / tableLength % Slots)];
        Slot? found = Volatile.Read(ref slot);
        if (found?.Offset == offset)
            return found.Table;

        if (run is null || !run.Holds(offset, 1))
        {
            HostExtent extent = device.ExtentAt(new HostOffset(offset), new HostOffset(device.Length));
            _run = run = new Run(offset, offset + extent.Length, extent.IsData);
            if (!run.IsData && run.Holds(offset, tableLength))
                return [];
        }

        byte[] table = new byte[tableLength];
        device.Read(new HostOffset(offset), table);
        if (ZeroScanner.IsZero(table))
            table = [];
        Volatile.Write(ref slot, new Slot(offset, table));
        return table;
    }

    /// <summary>The table at an offset was written anew.</summary>
    public void Forget(long offset)
    {
        _run = null;
        Volatile.Write(ref _slots[(int)(offset / tableLength % Slots)], null);
    }

    private sealed record Slot(long Offset, byte[] Table);

    private sealed record Run(long Start, long End, bool IsData)
    {
        public bool Holds(long offset, int length) => offset >= Start && offset + length <= End;
    }
}
