using OpenStackStorage.QuickStart;

// The steps of QuickStart.ps1, by the operations behind the cmdlets.
string folder = Directory.CreateTempSubdirectory("openstackstorage-").FullName;
string raw = Path.Combine(folder, "disk.img");
try
{
    // New-DiskImage disk.img -Format Raw -Size 256MB
    using (FileStream disk = File.Create(raw))
        disk.SetLength(256 << 20);
    ExampleDisk.Fill(raw);

    // Get-DiskImagePartition disk.img
    // Convert-DiskImage disk.img -Format Qcow2 -Compress -Verify
    // Test-DiskImage disk.qcow2 -Deep
    // Compare-DiskImage disk.img disk.qcow2
    // Get-DiskImageInfo disk.qcow2
    Console.WriteLine($"Made a disk of {new FileInfo(raw).Length / (1 << 20)} MiB.");
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
