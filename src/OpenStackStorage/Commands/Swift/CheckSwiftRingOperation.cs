using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Which builder or ring file to check.</summary>
public sealed record CheckSwiftRingRequest(string Path);

/// <summary>Looks at a ring for all that swift-ring-builder validate refuses, and for what its other commands warn of.</summary>
public static class CheckSwiftRingOperation
{
    private const string Error = "Error", Warning = "Warning", Information = "Information";

    /// <summary>Lists what was found.</summary>
    public static void List(CheckSwiftRingRequest request, ICmdletHost host) =>
        host.Execute(new WorkActivity("Checking ring", request.Path), work =>
        {
            foreach (SwiftRingCheck finding in Check(request.Path, work))
                work.WriteObject(finding);
        });

    /// <summary>Outputs true when the ring can be used: nothing found is an error.</summary>
    public static void Test(CheckSwiftRingRequest request, ICmdletHost host) =>
        host.Execute(new WorkActivity("Checking ring", request.Path), work =>
        {
            bool good = true;
            foreach (SwiftRingCheck finding in Check(request.Path, work).Where(finding => finding.Severity == Error))
            {
                good = false;
                work.WriteVerbose(finding.Message);
            }

            work.WriteObject(good);
        });

    private static IEnumerable<SwiftRingCheck> Check(string path, IWork work)
    {
        RingSource? source = null;
        SwiftRingCheck? unreadable = null;
        try
        {
            source = RingSource.Read(path);
        }
        catch (StorageException error) when (error.Id.Category is StorageErrorCategory.InvalidData)
        {
            unreadable = Finding(path, Error, "file", error.Message);
        }

        if (source is null)
            return [unreadable!];
        return source.Builder is { } builder ? CheckBuilder(path, builder, work) : CheckRing(path, source.Ring, work);
    }

    /// <summary>A ring file has all that a builder's table has; it is checked as that.</summary>
    private static IEnumerable<SwiftRingCheck> CheckRing(string path, RingData ring, IWork work)
    {
        if (Validate(path, RingBuilder.FromRing(ring), work) is { } invalid)
            yield return invalid;
        if (ring.NextPartPower is { } next)
            yield return PartPower(path, ring.PartPower, next);
    }

    private static IEnumerable<SwiftRingCheck> CheckBuilder(string path, RingBuilder builder, IWork work)
    {
        if (Validate(path, builder, work) is { } invalid)
        {
            yield return invalid;
            yield break;
        }

        SwiftRing ring = RingModels.ToModel(path, builder);
        if (builder.RemovedDevices.Count > 0)
            yield return Finding(path, Information, "devices", $"Devices that the next rebalance takes out: {builder.RemovedDevices.Count}.");
        if (builder.DevicesChanged)
            yield return Finding(path, Information, "assignments", "Devices, weights or replicas were changed since the last rebalance.");
        if (ring.RingState is "obsolete" or "invalid")
            yield return Finding(path, Warning, "ring file", $"'{BuilderSession.RingPathOf(path)}' is {ring.RingState}: Export-SwiftRing or Invoke-SwiftRebalance writes it anew.");
        else if (ring.RingState == "not found")
            yield return Finding(path, Information, "ring file", $"'{BuilderSession.RingPathOf(path)}' was not written yet.");
        if (ring.Balance is > 5 and { } balance && balance / 100 > builder.Overload)
            yield return Finding(path, Warning, "balance", FormattableString.Invariant($"A device holds {balance:0.00} % more or less than its weight asks for."));
        if (ring.Dispersion is > 0 and { } dispersion)
            yield return Finding(path, Warning, "dispersion", FormattableString.Invariant($"{dispersion:0.00} % of the partition replicas lie closer together than they could. Measure-SwiftRing shows where; the overload that would allow it all is {builder.GetRequiredOverload():0.####}."));
        if (builder.NextPartPower is { } next)
            yield return PartPower(path, builder.PartPower, next);
    }

    private static SwiftRingCheck? Validate(string path, RingBuilder builder, IWork work)
    {
        try
        {
            builder.Validate(work.Token);
            return null;
        }
        catch (RingException error)
        {
            return Finding(path, Error, "assignments", error.Message);
        }
    }

    private static SwiftRingCheck PartPower(string path, int partPower, int next) => Finding(path, Information, "part power", partPower == next
        ? FormattableString.Invariant($"The part power was increased to {next}: distribute the ring, run swift-object-relinker cleanup on all nodes, then Exit-SwiftRingPartPower.")
        : FormattableString.Invariant($"An increase of the part power from {partPower} to {next} is prepared: run swift-object-relinker relink on all nodes, then Step-SwiftRingPartPower."));

    private static SwiftRingCheck Finding(string path, string severity, string check, string message) =>
        new() { Path = path, Severity = severity, Check = check, Message = message };
}
