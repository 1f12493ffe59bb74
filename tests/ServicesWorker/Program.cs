using System.Globalization;
using OpenStackStorage.Services;

// The second process of tests: what it is to do, the catalogue, and how often.
// "count" adds one to a setting; "hang" stays inside a change and "operation" inside an operation until they are killed.
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
