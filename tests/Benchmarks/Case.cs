namespace OpenStackStorage.Benchmarks;

/// <summary>What our side is asked to do.</summary>
internal enum Job
{
    /// <summary>Nothing, for the memory of an idle engine.</summary>
    Idle,
    Convert,
    Compare,
    Check,

    /// <summary>Shows every image of a folder.</summary>
    Info,

    /// <summary>Writes an overlay into the image behind it.</summary>
    Merge,

    /// <summary>Puts another image behind an overlay, which goes on reading the same.</summary>
    Rebase,

    /// <summary>Reads an open image from its start to its end, 1 MiB at a time.</summary>
    Read,

    /// <summary>Writes over an open image from its start to its end, 1 MiB at a time, and flushes.</summary>
    Write,

    /// <summary>The same with a plain file, and no format.</summary>
    PlainRead,
    PlainWrite,
}

/// <summary>One row: a job of ours against what its peer does.</summary>
/// <param name="Name">What a user calls it; rows are chosen by a part of it.</param>
/// <param name="Source">File, or folder for <see cref="Job.Info"/>, under the benchmark's folder.</param>
internal sealed record Case(Job Job, string Name, string Source)
{
    /// <summary>The file to make, to compare with, or to put behind the source.</summary>
    public string Target { get; init; } = "";

    /// <summary>The new image's format.</summary>
    public string Format { get; init; } = "Raw";

    /// <summary>The codec; null for no compression.</summary>
    public string? Compression { get; init; }

    /// <summary>What <see cref="Source"/> is copied from before each run; null where a run leaves it as it was.</summary>
    public string? Original { get; init; }

    /// <summary>Options of qemu-img's subcommand.</summary>
    public string[] PeerOptions { get; init; } = [];

    /// <summary>What a row chosen by name needs, made by whoever needs it first.</summary>
    public required Action<Inputs> Needs { get; init; }

    /// <summary>With these, qemu-img ends with a flush to stable storage, as we always do.</summary>
    private static readonly string[] Flushed = ["-t", "writeback"];

    public static IEnumerable<Case> All
    {
        get
        {
            foreach (string[] peer in (string[][])[["-c"], ["-c", "-W", "-m", "16"]])
                yield return Converts("raw -> compressed qcow2", "disk.raw", "c.qcow2", "Qcow2", peer, inputs => inputs.Disk()) with { Compression = "Zlib" };
            foreach (string[] peer in (string[][])[["-c", "-o", "compression_type=zstd"], ["-c", "-o", "compression_type=zstd", "-W", "-m", "16"]])
                yield return Converts("raw -> zstd qcow2", "disk.raw", "z.qcow2", "Qcow2", peer, inputs => inputs.Disk()) with { Compression = "Zstd" };
            foreach (string[] peer in (string[][])[[], Flushed])
            {
                yield return Converts("compressed qcow2 -> raw", "c.qcow2", "back.raw", "Raw", peer, inputs => inputs.Made("c.qcow2", "-c"));
                yield return Converts("zstd qcow2 -> raw", "z.qcow2", "back.raw", "Raw", peer, inputs => inputs.Made("z.qcow2", "-c", "-o", "compression_type=zstd"));
                yield return Converts("dense raw -> qcow2", "disk.raw", "d.qcow2", "Qcow2", peer, inputs => inputs.Disk());
                yield return Converts("dense qcow2 -> raw", "d.qcow2", "back.raw", "Raw", peer, inputs => inputs.Made("d.qcow2"));
                yield return Converts("sparse 1 TiB raw -> raw", "sparse.raw", "back.raw", "Raw", peer, inputs => inputs.Sparse());
                yield return Converts("sparse 1 TiB vhdx -> raw", "sparse.vhdx", "back.raw", "Raw", peer, inputs => inputs.SparseVhdx());
                yield return Converts("sparse 1 TiB vhdx -> qcow2", "sparse.vhdx", "back.qcow2", "Qcow2", peer, inputs => inputs.SparseVhdx());
            }

            yield return new Case(Job.Compare, "compare equal raw and qcow2", "disk.raw") { Target = "d.qcow2", Needs = inputs => inputs.Made("d.qcow2") };
            yield return new Case(Job.Check, "check a full 1 TiB qcow2", "full.qcow2") { Needs = inputs => inputs.Full() };
            yield return new Case(Job.Merge, "merge half a disk", "overlay.qcow2") { Needs = inputs => inputs.Overlay() };
            yield return new Case(Job.Rebase, "rebase to half a disk's difference", "moved.qcow2")
            {
                Target = "other.qcow2",
                Original = "moving.qcow2",
                Needs = inputs => inputs.Moving(),
            };
            foreach (string source in (string[])["written.qcow2", "written.vhd", "written.vhdx", "written.vmdk", "written.vdi"])
            {
                yield return new Case(Job.Read, $"read in place, {source[8..]}", source) { Target = "written.raw", Needs = inputs => inputs.Written(source) };
                yield return new Case(Job.Write, $"write in place, {source[8..]}", source) { Target = "written.raw", Needs = inputs => inputs.Written(source) };
            }

            yield return new Case(Job.Info, "info over 1,000 files", "many") { Needs = inputs => inputs.Many() };
        }
    }

    private static Case Converts(string name, string source, string target, string format, string[] peer, Action<Inputs> needs) =>
        new(Job.Convert, name, source) { Target = target, Format = format, PeerOptions = peer, Needs = needs };
}
