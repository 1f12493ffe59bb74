using System.Security.Cryptography;
using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class HashTests : OperationTest
{
    public HashTests()
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2", compress: true);
    }

    [Theory]
    [InlineData("a.img")]
    [InlineData("a.qcow2")]
    public void Every_format_has_the_hash_of_the_raw_file(string name)
    {
        DiskImageHash hash = Hash(new GetDiskImageHashRequest(At(name)));

        Assert.Equal((At(name), "SHA256", 1L << 20), (hash.Path, hash.Algorithm, hash.VirtualSize));
        Assert.Equal(System.Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(At("a.img")))), hash.Hash);
    }

    [Fact]
    public void Every_algorithm_is_that_of_its_name()
    {
        byte[] disk = File.ReadAllBytes(At("a.img"));
        foreach (DiskImageHashAlgorithm algorithm in Enum.GetValues<DiskImageHashAlgorithm>())
        {
            byte[] expected = CryptographicOperations.HashData(new HashAlgorithmName($"{algorithm}"), disk);
            DiskImageHash hash = Hash(new GetDiskImageHashRequest(At("a.qcow2"), algorithm));
            Assert.Equal(($"{algorithm}", System.Convert.ToHexString(expected)), (hash.Algorithm, hash.Hash));
        }
    }

    [Fact]
    public void A_format_can_be_named_and_a_missing_snapshot_is_refused()
    {
        Assert.Equal(System.Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(At("a.qcow2")))),
            Hash(new GetDiskImageHashRequest(At("a.qcow2"), SourceFormat: DiskImageFormat.Raw)).Hash);
        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => Hash(new GetDiskImageHashRequest(At("a.qcow2"), Snapshot: "none"))).Id);
    }

    [Fact]
    public void A_stop_ends_it()
    {
        New(new NewDiskImageRequest("large.qcow2", DiskImageFormat.Qcow2) { Size = 1UL << 40 });

        StopAfter(1 << 20, host => GetDiskImageHashOperation.Run(new GetDiskImageHashRequest(At("large.qcow2")), host));
    }
}
