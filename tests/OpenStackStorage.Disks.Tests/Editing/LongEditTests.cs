namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// Ten million random operations on images of each format that can be written to in place, beside plain bytes. They have no
/// time limit: a format takes two to twenty minutes of one core. The disks are small, so that an operation is cheap, and
/// have several blocks all the same.
/// </summary>
[Trait("Category", "Long")]
public class LongEditTests
{
    private const int Operations = 10_000_000;
    private const int OperationsPerRun = 10_000;

    /// <summary>qemu-img is asked about one run of so many.</summary>
    private const int RunsPerPeer = 10;

    /// <summary>Larger blocks are left to the suite: to allocate one costs more than a hundred small operations.</summary>
    private const int LargestBlock = 2 << 20;

    private static IEnumerable<RawEditCase> RawCases =>
        KindsOf(RawEditTests.Cases()).Select(kind => kind with { Size = SizeOf(kind.Size, block: 4096) });

    private static IEnumerable<Qcow2EditCase> Qcow2Cases =>
        from kind in KindsOf(Qcow2EditTests.Cases())
        where kind.ClusterSize < LargestBlock
        let size = SizeOf(kind.Size, kind.ClusterSize)
        select kind with { Size = size, Backing = Scaled(kind.Backing, size, kind.Size) };

    private static IEnumerable<VdiEditCase> VdiCases =>
        KindsOf(VdiEditTests.Cases()).Select(kind => kind with { Size = SizeOf(kind.Size, kind.BlockSize) });

    private static IEnumerable<VhdEditCase> VhdCases =>
        from kind in KindsOf(VhdEditTests.Cases())
        where kind.BlockSize < LargestBlock
        select kind with { Size = SizeOf(kind.Size, kind.BlockSize) };

    private static IEnumerable<VhdxEditCase> VhdxCases =>
        KindsOf(VhdxEditTests.Cases()).Select(kind => kind with { Size = Math.Min(kind.Size, (2 * kind.BlockSize) + (kind.Size % 65536)) });

    private static IEnumerable<VmdkEditCase> VmdkCases =>
        from kind in KindsOf(VmdkEditTests.Cases())
        let size = kind.Extents.Count > 0 ? kind.Size : SizeOf(kind.Size, kind.Unit)
        select kind with { Size = size, Parent = Scaled(kind.Parent, size, kind.Size) };

    [Fact]
    public void Ten_million_operations_leave_raw_files_what_the_model_is() => Run(RawCases, RawEditTests.Run);

    [Fact]
    public void Ten_million_operations_leave_qcow2_images_what_the_model_is() => Run(Qcow2Cases, Qcow2EditTests.Run);

    [Fact]
    public void Ten_million_operations_leave_vdis_what_the_model_is() => Run(VdiCases, VdiEditTests.Run);

    [Fact]
    public void Ten_million_operations_leave_vhds_what_the_model_is() => Run(VhdCases, VhdEditTests.Run);

    [Fact]
    public void Ten_million_operations_leave_vhdx_images_what_the_model_is() =>
        Run(VhdxCases, (kind, seed, operations, withQemu) => VhdxEditTests.Run(kind, seed, operations, unit: 16384, withQemu));

    [Fact]
    public void Ten_million_operations_leave_vmdk_disks_what_the_model_is() => Run(VmdkCases, VmdkEditTests.Run);

    /// <summary>Runs all kinds in turn, each time from another seed.</summary>
    private static void Run<T>(IEnumerable<T> kinds, Action<T, int, int, bool> run)
    {
        T[] all = [.. kinds];
        for (int number = 0; number < Operations / OperationsPerRun; number++)
        {
            T kind = all[number % all.Length];
            int seed = 100 + number;
            bool withQemu = (number + (number / all.Length)) % RunsPerPeer == 0; // in time every kind's turn comes
            try
            {
                run(kind, seed, OperationsPerRun, withQemu);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"'{kind}' fails from seed {seed}, in run {number}.", error);
            }
        }
    }

    private static IEnumerable<T> KindsOf<T>(TheoryData<T> rows) => rows.AsEnumerable<object[]>().Select(row => (T)row[0]);

    /// <summary>As odd as the size was, and at most some blocks or 192 KiB.</summary>
    private static int SizeOf(int size, int block) => Math.Min(size, Math.Max(5 * Math.Min(block, 1 << 18), 128 << 10) + (size % 65536));

    /// <summary>Longer or shorter than the disk by as much in proportion, in whole sectors where it was so before.</summary>
    private static int? Scaled(int? length, int size, int oldSize) =>
        length is not { } old ? null : (int)((long)old * size / oldSize / 512 * 512) + (old % 512);
}
