using System.Diagnostics;
using OpenStackStorage;
using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.QuickStart;

// The steps of QuickStart.ps1, by the operations behind the cmdlets.
const int DiskSize = 256 << 20;
string folder = Directory.CreateTempSubdirectory("openstackstorage-").FullName;
string raw = Path.Combine(folder, "disk.img");
string qcow2 = Path.Combine(folder, "disk.qcow2");
try
{
    Console.WriteLine("New-DiskImage disk.img -Format Raw -Size 256MB, then a partition and 52 MiB of data");
    Output<DiskImageInfo>(host => NewDiskImageOperation.Run(new NewDiskImageRequest(raw, DiskImageFormat.Raw) { Size = DiskSize }, host));
    ExampleDisk.Fill(raw);
    DiskImagePartition[] partitions = Output<DiskImagePartition>(host => GetDiskImagePartitionOperation.Run(new GetDiskImagePartitionRequest(raw), host));
    Require(partitions is [{ Start: ExampleDisk.PartitionStart }], $"{raw} does not have the partition that was written.");
    Show("Number", partitions[0].Number);
    Show("Start", ByteSize.Format(partitions[0].Start));
    Show("Length", ByteSize.Format(partitions[0].Length));
    Show("Type", partitions[0].Type);

    Console.WriteLine("Convert-DiskImage disk.img -Format Qcow2 -Compress -Verify");
    Stopwatch clock = Stopwatch.StartNew();
    Output<DiskImageInfo>(host => ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(raw, DiskImageFormat.Qcow2) { Compress = true, Verify = true }, host));
    Console.WriteLine(FormattableString.Invariant(
        $"{DiskSize / 1048576.0:n1} MiB became {new FileInfo(qcow2).Length / 1048576.0:n1} MiB in {clock.Elapsed.TotalSeconds:n1} s, and were read back and compared."));

    Console.WriteLine("Test-DiskImage disk.qcow2 -Deep");
    Require(Output<bool>(host => CheckDiskImageOperation.Test(new CheckDiskImageRequest(qcow2, Deep: true), host)) is [true], $"{qcow2} is damaged.");
    Console.WriteLine("It is sound.");

    Console.WriteLine("Compare-DiskImage disk.img disk.qcow2");
    DiskImageDifference[] differences = Output<DiskImageDifference>(host => CompareDiskImageOperation.Run(new CompareDiskImageRequest(raw, qcow2), host));
    Require(differences.Length == 0, $"{qcow2} differs from {raw}: {differences.FirstOrDefault()}.");
    Console.WriteLine("They are equal.");

    Console.WriteLine("Get-DiskImageInfo disk.qcow2");
    DiskImageInfo[] shown = Output<DiskImageInfo>(host => GetDiskImageInfoOperation.Run(new GetDiskImageInfoRequest(qcow2), host));
    Require(shown is [{ VirtualSize: DiskSize, Compressed: true, SafetyFindings: [] }], $"{qcow2} is not what was asked for.");
    Show("Path", shown[0].Path);
    Show("Format", shown[0].Format);
    Show("SubFormat", shown[0].SubFormat!);
    Show("VirtualSize", shown[0].VirtualSize!);
    Show("AllocatedSize", shown[0].AllocatedSize);
    return 0;
}
catch (StorageException error)
{
    Console.Error.WriteLine($"{error.Message} {error.Remedy}");
    return 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

// Runs an operation as a cmdlet would. What it throws or reports as an error ends the program.
static T[] Output<T>(Action<ICmdletHost> operation)
{
    MemoryHost host = new();
    operation(host);
    foreach (string warning in host.Warnings)
        Console.Error.WriteLine($"warning: {warning}");
    return host.Errors.Count > 0 ? throw host.Errors[0] : [.. host.Objects.Cast<T>()];
}

static void Show(string name, object value) => Console.WriteLine(FormattableString.Invariant($"  {name,-13} : {value}"));

static void Require(bool holds, string otherwise)
{
    if (!holds)
        throw new StorageException(ErrorIds.VerificationFailed, otherwise);
}
