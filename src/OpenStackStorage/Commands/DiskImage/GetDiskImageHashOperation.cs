using System.Security.Cryptography;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>The hash functions of Get-FileHash, by its names.</summary>
public enum DiskImageHashAlgorithm
{
    SHA256,
    SHA384,
    SHA512,
    SHA1,
    MD5,
}

/// <summary>Which image's disk to hash, and how.</summary>
public sealed record GetDiskImageHashRequest(
    string Path, DiskImageHashAlgorithm Algorithm = default, string? Snapshot = null, DiskImageFormat? SourceFormat = null, bool AllowBackingFile = false);

/// <summary>Hashes the bytes that a guest sees.</summary>
public static class GetDiskImageHashOperation
{
    public static void Run(GetDiskImageHashRequest request, ICmdletHost host) =>
        host.Execute(new WorkActivity("Hashing disk image", request.Path), work =>
        {
            ImageOpenOptions options = new() { Format = request.SourceFormat, Snapshot = request.Snapshot, Gate = Gates.For(request.AllowBackingFile) };
            using DiskImage image = ImageFormats.Open(request.Path, options);
            string name = request.Algorithm.ToString();
            byte[] hash = ImageHash.Compute(image, new HashAlgorithmName(name), Environment.ProcessorCount, work.Progress, work.Token);
            work.WriteObject(new DiskImageHash
            {
                Path = request.Path,
                Algorithm = name,
                Hash = Convert.ToHexString(hash),
                VirtualSize = image.VirtualSize,
            });
        });
}
