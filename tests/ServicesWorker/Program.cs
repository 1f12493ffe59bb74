using System.Globalization;
using OpenStackStorage.Services;

// The second process of tests: what it is to do, the catalogue, and how often.
// "count" adds one to a setting; "hang" stays inside a change until it is killed.
(string task, string path) = (args[0], args[1]);
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
