using System.Globalization;
using OpenStackStorage;
using OpenStackStorage.Services;
using OpenStackStorage.Services.Worker;

// The second process of tests: what it is to do, the catalogue or the store, and more.
// "count" adds one to a setting; "hang" stays inside a change and "operation" inside an operation until they are killed.
// "endless" SCRATCH SEED STEPS works until it is killed, by itself after so many steps unless they are 0; "crowd" NUMBER
// ROUNDS is one of several. "repair" STEPS mends a store, and is killed likewise. "volumes" TRIES makes volumes of 1 GiB
// where the quota allows it, and says how many. "endless-volumes" SEED STEPS and "crowd-volumes" NUMBER ROUNDS are the same on volumes.
(string task, string path) = (args[0], args[1]);
if (task == "operation")
{
    using EmbeddedStore store = EmbeddedStore.Open(path);
    CatalogOperation operation = new(Guid.NewGuid(), "image-upload", "x", "", DateTimeOffset.UnixEpoch);
    using OperationLock held = store.Locks.Take(operation.Id);
    store.Catalog.Write(change =>
    {
        change.PutOperation(operation);
        return true;
    });
    Console.WriteLine(operation.Id);
    Thread.Sleep(Timeout.Infinite);
}

if (task == "endless")
{
    // It waits here, so that the time which a process takes to start can be used; nothing comes where the other one died.
    if (Console.ReadLine() is null)
        return 0;
    int steps = int.Parse(args[4], CultureInfo.InvariantCulture);
    using StepKill? death = steps > 0 ? new StepKill(path, steps) : null;
    using EmbeddedStore store = EmbeddedStore.Open(path, ImageRecovery.Of(opened => opened.ImageStores));
    new EndlessWork(store, args[2], new Random(int.Parse(args[3], CultureInfo.InvariantCulture))).Run();
    return 0;
}

if (task == "repair")
{
    using StepKill death = new(path, int.Parse(args[2], CultureInfo.InvariantCulture));
    StoreFinding[] findings = [.. StoreCheck.Run(path, deep: false, new WorkProgress(), CancellationToken.None)];
    _ = StoreRepair.Run(path, findings, ImageRecovery.Of(opened => opened.ImageStores), CancellationToken.None).Count();
    return 0;
}

if (task == "crowd")
{
    using EmbeddedStore store = EmbeddedStore.Open(path, ImageRecovery.Of(opened => opened.ImageStores));
    new CrowdWork(store, int.Parse(args[2], CultureInfo.InvariantCulture)).Run(int.Parse(args[3], CultureInfo.InvariantCulture));
    return 0;
}

if (task == "endless-volumes")
{
    if (Console.ReadLine() is null)
        return 0;
    int steps = int.Parse(args[3], CultureInfo.InvariantCulture);
    using StepKill? death = steps > 0 ? new StepKill(Path.GetDirectoryName(path)!, steps) : null;
    using EmbeddedStore store = WorkVolumes.Open(path);
    new EndlessVolumeWork(store, new Random(int.Parse(args[2], CultureInfo.InvariantCulture))).Run();
    return 0;
}

if (task == "crowd-volumes")
{
    using EmbeddedStore store = WorkVolumes.Open(path);
    new VolumeCrowdWork(store, int.Parse(args[2], CultureInfo.InvariantCulture)).Run(int.Parse(args[3], CultureInfo.InvariantCulture));
    return 0;
}

using SqliteCatalog catalog = SqliteCatalog.Open(path);
switch (task)
{
    case "count":
        for (int left = int.Parse(args[2], CultureInfo.InvariantCulture); left > 0; left--)
        {
            catalog.Write(change =>
            {
                int count = int.Parse(change.FindSetting("count") ?? "0", CultureInfo.InvariantCulture);
                change.PutSetting("count", (count + 1).ToString(CultureInfo.InvariantCulture));
                return true;
            });
        }

        return 0;

    case "volumes":
        int made = 0;
        for (int left = int.Parse(args[2], CultureInfo.InvariantCulture); left > 0; left--)
        {
            DateTimeOffset now = DateTimeOffset.UnixEpoch;
            Volume volume = new()
            {
                Id = VolumeId.New(), Status = VolumeStatus.Creating, SizeGiB = 1, Project = "p1", User = "u1", AvailabilityZone = "nova", CreatedAt = now, UpdatedAt = now,
            };
            try
            {
                made += catalog.Write(change =>
                {
                    VolumeRoom.RequireVolume(change, volume, now);
                    change.Put(VolumeTables.Volumes, volume);
                    return 1;
                });
            }
            catch (ServiceException error) when (error.Id == ErrorIds.QuotaExceeded)
            {
            }
        }

        Console.WriteLine(made);
        return 0;

    case "hang":
        catalog.Write(change =>
        {
            change.PutSetting("count", "half");
            Console.WriteLine("inside");
            Thread.Sleep(Timeout.Infinite);
            return true;
        });
        return 0;

    default:
        return 2;
}
