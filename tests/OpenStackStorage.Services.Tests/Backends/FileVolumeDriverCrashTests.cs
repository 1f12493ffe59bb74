using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>
/// Every change of the driver File, stopped before every single one of its steps: by the death of the process, after which
/// nothing more is done, and by one failing step. Then the volumes are recovered.
/// </summary>
public sealed class FileVolumeDriverCrashTests
{
    private static readonly Dictionary<string, Action<CrashWorld>> Changes = new()
    {
        ["Create"] = world => world.Make(volume => world.Client.Driver.Create(volume)),
        ["CreateFrom"] = world => world.Make(volume => world.CreateFrom(volume)),
        ["CloneFull"] = world => world.Make(volume => world.Clone(volume, "plain", linked: false)),
        ["CloneLinked"] = world => world.Make(volume => world.Clone(volume, "plain", linked: true)),
        ["CloneOfClone"] = world => world.Make(volume => world.Clone(volume, "unwritten", linked: true)),
        ["CloneOfSnapshot"] = world => world.Make(volume => world.Clone(volume, "chain", linked: true, "chain/1")),
        ["FirstSnapshot"] = world => world.TakeSnapshot("plain"),
        ["AnotherSnapshot"] = world => world.TakeSnapshot("chain"),
        ["DeleteLowestSnapshot"] = world => world.Client.DeleteSnapshot(world.Snapshot("chain/0")),
        ["DeleteMiddleSnapshot"] = world => world.Client.DeleteSnapshot(world.Snapshot("chain/1")),
        ["DeleteTopSnapshot"] = world => world.Client.DeleteSnapshot(world.Snapshot("chain/2")),
        ["DeleteOnlySnapshot"] = world => world.Client.DeleteSnapshot(world.Snapshot("once/0")),
        ["DeleteSnapshotUnderClone"] = world => world.Client.DeleteSnapshot(world.Snapshot("parent/0")),
        ["Revert"] = world => world.Client.Revert(world.Snapshot("chain/2")),
        ["RevertUnderClone"] = world => world.Client.Revert(world.Snapshot("parent/0")),
        ["Extend"] = world => world.Client.Extend(world["chain"], 2),
        ["Flatten"] = world => world.Client.Flatten(world["clone"]),
        ["FlattenLastOfOrphan"] = world => world.Client.Flatten(world["orphan's"]),
        ["Delete"] = world => world.Client.Delete(world["plain"]),
        ["DeleteWiped"] = world => world.Client.Delete(world["plain"], clearMiB: null),
        ["DeleteParent"] = world => world.DeleteAll("parent"),
        ["DeleteLastOfOrphan"] = world => world.Client.Delete(world["orphan's"]),
        ["Manage"] = world => world.Make(volume => world.Client.Driver.Manage(volume, "foreign.qcow2").State),
        ["Unmanage"] = world => world.Unmanage("plain"),
    };

    public static TheoryData<DiskImageFormat, string> Cases()
    {
        TheoryData<DiskImageFormat, string> cases = [];
        foreach (DiskImageFormat format in new[] { DiskImageFormat.Qcow2, DiskImageFormat.Raw, DiskImageFormat.Vhdx })
        {
            foreach (string change in Changes.Keys)
                cases.Add(format, change);
        }

        return cases;
    }

    public static TheoryData<string> Names() => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_process_may_die_before_any_step(DiskImageFormat format, string change) => StopEverywhere(format, change, dies: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_step_may_fail(string change) => StopEverywhere(DiskImageFormat.Qcow2, change, dies: false);

    private static void StopEverywhere(DiskImageFormat format, string change, bool dies)
    {
        Dictionary<string, byte[]?> after = Undisturbed(format, change);
        int step = 1;
        while (StopsAt(format, change, step, dies, after))
            Assert.True(++step < 2000, "The change never ends.");
        Assert.True(step > 3, "No step was seen.");
    }

    private static Dictionary<string, byte[]?> Undisturbed(DiskImageFormat format, string change)
    {
        using CrashWorld world = new(format, change);
        Changes[change](world);
        return world.Read();
    }

    /// <summary>False where the change has fewer steps and ended.</summary>
    private static bool StopsAt(DiskImageFormat format, string change, int step, bool dies, Dictionary<string, byte[]?> after)
    {
        using CrashWorld world = new(format, change);
        Dictionary<string, byte[]?> before = world.Read();
        world.Stop = (step, dies);
        try
        {
            Changes[change](world);
        }
        catch (Exception error) when (error is DiedException or StorageException)
        {
            // That is the test.
        }

        bool stopped = world.HasStopped;
        world.Stop = (0, false);
        string where = $"{change} of {format} stopped at step {step}, {world.Last}";
        if (dies)
            RecoverAndDie(world, step);
        world.Recover();
        world.AssertWhole(before, after, where);
        world.AssertNothingLeft(where);
        return stopped;
    }

    /// <summary>A recovery may be stopped as any other change.</summary>
    private static void RecoverAndDie(CrashWorld world, int step)
    {
        world.Stop = (1 + (step % 11), true);
        try
        {
            world.Recover();
        }
        catch (DiedException)
        {
            // The next one finds what this one left.
        }

        world.Stop = (0, false);
    }
}
