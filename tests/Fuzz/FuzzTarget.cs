namespace OpenStackStorage.Fuzz;

/// <summary>One parser that is fed with damaged input.</summary>
/// <param name="Name">As the command line and the test name it.</param>
/// <param name="Seeds">Makes the valid inputs that are damaged. Small ones: most of their bytes should matter.</param>
/// <param name="Run">Feeds one input to the parser. It may end in a <see cref="StorageException"/>, and in no other.</param>
public sealed record FuzzTarget(string Name, Func<IReadOnlyList<byte[]>> Seeds, Action<byte[]> Run)
{
    /// <summary>Bytes that one input may make the parser allocate.</summary>
    public long MemoryLimit { get; init; } = 64 << 20;

    /// <summary>Time that one input may take: generous, as it is there to catch what does not end.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Every target there is. To add one, append it here.</summary>
public static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        .. Qcow2Targets.All,
        .. VirtualDiskTargets.All,
        .. VmdkTargets.All,
        .. VhdxTargets.All,
        .. CodecTargets.All,
        .. RingTargets.All,
    ];

    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
