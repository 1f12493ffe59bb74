using System.Diagnostics;

namespace OpenStackStorage.Fuzz;

/// <summary>An input broke a target. The message says how to repeat it.</summary>
public sealed class FuzzFailureException(FuzzTarget target, int seed, int iteration, string what, Exception? inner = null)
    : Exception($"{target.Name}, seed {seed}, iteration {iteration}: {what}. Repeat with: dotnet run --project tests/Fuzz -- {target.Name} 1 {seed} {iteration}", inner);

/// <summary>Feeds damaged inputs to a target. Each depends on the seed and its number alone, so that one can be repeated.</summary>
public static class FuzzRunner
{
    /// <returns>How many inputs the target took without an error.</returns>
    /// <exception cref="FuzzFailureException">An input broke the target.</exception>
    public static int Run(FuzzTarget target, int iterations, int seed, int first = 0)
    {
        IReadOnlyList<byte[]> seeds = target.Seeds();
        int current = first;
        // What does not end can't be stopped, but it can be named.
        using Timer watch = new(_ => Console.Error.WriteLine($"{target.Name}, seed {seed}: still at iteration {current}"), null, target.TimeLimit, target.TimeLimit);
        int accepted = 0;
        for (int iteration = first; iteration < first + iterations; iteration++)
        {
            current = iteration;
            watch.Change(target.TimeLimit, target.TimeLimit);
            accepted += RunOne(target, seeds, seed, iteration) ? 1 : 0;
        }

        return accepted;
    }

    private static bool RunOne(FuzzTarget target, IReadOnlyList<byte[]> seeds, int seed, int iteration)
    {
        Random random = new(unchecked((int)(((uint)seed * 0x9E3779B1u) + ((uint)iteration * 0x85EBCA6Bu))));
        byte[] input = new Mutator(random).Mutate(seeds[random.Next(seeds.Count)]);
        long memory = GC.GetAllocatedBytesForCurrentThread();
        long time = Stopwatch.GetTimestamp();
        bool accepted = false;
        try
        {
            target.Run(input);
            accepted = true;
        }
        catch (StorageException)
        {
        }
        catch (Exception error)
        {
            throw new FuzzFailureException(target, seed, iteration, $"{error.GetType().Name}: {error.Message}", error);
        }

        memory = GC.GetAllocatedBytesForCurrentThread() - memory;
        if (memory > target.MemoryLimit)
            throw new FuzzFailureException(target, seed, iteration, $"{memory} bytes were allocated, at most {target.MemoryLimit} may be");
        TimeSpan elapsed = Stopwatch.GetElapsedTime(time);
        if (elapsed > target.TimeLimit)
            throw new FuzzFailureException(target, seed, iteration, $"it took {elapsed.TotalSeconds:0.0} seconds, at most {target.TimeLimit.TotalSeconds:0} may pass");
        return accepted;
    }
}
