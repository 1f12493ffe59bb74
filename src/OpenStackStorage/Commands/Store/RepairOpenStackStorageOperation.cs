using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which store to repair.</summary>
public sealed record RepairOpenStackStorageRequest(string Path);

/// <summary>Mends what a check finds in a store, each finding asked about.</summary>
public static class RepairOpenStackStorageOperation
{
    public static void Run(RepairOpenStackStorageRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        List<StoreFinding> chosen = [];
        bool isOpen = true;
        foreach (StoreFinding finding in StoreCheck.Run(request.Path, deep: false, new WorkProgress(), host.Stop).Where(finding => finding.Repair is not null))
        {
            bool isChosen = host.ShouldProcess(finding.Path, finding.Repair!);
            if (isChosen)
                chosen.Add(finding);
            else if (finding.Kind is StoreFindingKind.CatalogMissing or StoreFindingKind.CatalogDamaged)
                isOpen = false;
        }

        if (chosen.Count > 0 && isOpen)
            host.Execute(new WorkActivity("Repairing store", request.Path, "findings"), work => Repair(request.Path, chosen, work));
    }

    private static void Repair(string path, List<StoreFinding> chosen, IWork work)
    {
        work.Progress.Total = chosen.Count;
        StorageException? first = null;
        foreach ((StoreFinding finding, string? done, StorageException? error) in StoreRepair.Run(path, chosen, StoreSession.Recoveries, work.Token))
        {
            work.Progress.Add(1);
            if (done is not null)
                work.WriteObject(new OpenStackStorageCheck(path, finding, done));
            else if (error is null)
                work.WriteVerbose($"'{finding.Path}' is no longer as it was found; nothing was done.");
            else if (first is not null)
                work.WriteWarning($"'{finding.Path}' was not repaired: {error.Message}");
            first ??= error;
        }

        if (first is not null)
            throw first;
    }
}
