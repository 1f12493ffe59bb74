using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which store to check, and whether to digest its data.</summary>
public sealed record CheckOpenStackStorageRequest(string Path, bool Deep = false);

/// <summary>Looks for what an interruption, a lost file or a hand in the folder left in a store.</summary>
public static class CheckOpenStackStorageOperation
{
    /// <summary>Lists what was found.</summary>
    public static void List(CheckOpenStackStorageRequest request, ICmdletHost host) =>
        host.Execute(new WorkActivity("Checking store", request.Path), work =>
        {
            foreach (StoreFinding finding in StoreCheck.Run(request.Path, request.Deep, work.Progress, work.Token))
                work.WriteObject(new OpenStackStorageCheck(request.Path, finding));
        });

    /// <summary>Outputs true when nothing found is an error.</summary>
    public static void Test(CheckOpenStackStorageRequest request, ICmdletHost host) =>
        host.Execute(new WorkActivity("Checking store", request.Path), work =>
        {
            bool good = true;
            foreach (StoreFinding finding in StoreCheck.Run(request.Path, request.Deep, work.Progress, work.Token))
            {
                good &= finding.Severity != StoreSeverity.Error;
                work.WriteVerbose($"{finding.Severity} {finding.Kind} at '{finding.Path}': {finding.Message}");
            }

            work.WriteObject(good);
        });
}
