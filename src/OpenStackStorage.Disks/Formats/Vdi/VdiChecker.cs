using System.Collections;

namespace OpenStackStorage.Disks;

/// <summary>Goes through the block map of a VDI. The data has no checksums, so that a deep check finds no more.</summary>
internal sealed class VdiChecker(BlockDevice device, VdiHeader header)
{
    public IEnumerable<CheckFinding> Run(WorkProgress progress, CancellationToken token)
    {
        progress.Total = header.Blocks;
        uint[] map = VdiBlockMap.Read(device, header);
        BitArray used = new((int)header.BlocksAllocated);
        foreach (VdiBlockProblem problem in VdiBlockMap.Problems(map, header, device.Length, used))
        {
            token.ThrowIfCancellationRequested();
            yield return new CheckFinding(CheckSeverity.Corruption, problem.Offset, problem.Field, $"found {problem.Found}, expected {problem.Expected}");
        }

        int named = 0;
        foreach (bool bit in used)
            named += bit ? 1 : 0;
        if (named < used.Length)
        {
            yield return new CheckFinding(CheckSeverity.Leak, 0x184, "cBlocksAllocated",
                $"{used.Length} blocks are allocated, and the block map names {named} of them");
        }

        long needed = (header.VirtualSize + header.BlockSize - 1) / header.BlockSize;
        if (header.Blocks > needed)
            yield return new CheckFinding(CheckSeverity.Information, 0x180, "cBlocks", $"{header.Blocks} blocks, of which the disk needs {needed}");
        long end = header.DataOffset + (header.BlocksAllocated * (long)header.BlockSize);
        if (!device.IsFixedSize && device.Length > end)
            yield return new CheckFinding(CheckSeverity.Leak, end, "data", $"{device.Length - end} bytes behind the last block belong to nothing");
        progress.Add(header.Blocks);
    }
}
