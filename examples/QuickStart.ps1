#requires -Version 7.6
<#
.SYNOPSIS
    Makes a disk image, converts it to compressed qcow2, verifies, compares and shows it. Takes some seconds, leaves nothing.
.EXAMPLE
    ./examples/QuickStart.ps1
#>
[CmdletBinding()]
param(
    # Where the files go. Without it: a temporary folder, removed in the end.
    [string] $Path
)

$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path $PSScriptRoot '../OpenStackStorage.psd1')

# Writes what an installer would: a partition table with one Linux partition, and data in it. 48 MiB of the disk hold
# text, which compresses well; 4 MiB hold noise, which does not; the rest stays a hole.
function Write-ExampleDisk {
    param([string] $Path)

    $first = 1MB
    $disk = [System.IO.File]::Open($Path, 'Open', 'ReadWrite')
    try {
        # One entry of a master boot record: bytes 446-461; type 0x83; first sector and count as 32 bits, little-endian.
        $record = [byte[]]::new(512)
        $record[450] = 0x83
        [System.BitConverter]::GetBytes([uint] ($first / 512)).CopyTo($record, 454)
        [System.BitConverter]::GetBytes([uint] (($disk.Length - $first) / 512)).CopyTo($record, 458)
        $record[510] = 0x55
        $record[511] = 0xAA
        $disk.Write($record, 0, $record.Length)

        $text = [System.Text.StringBuilder]::new(1MB)
        for ($line = 0; $text.Length -lt 1MB; $line++) {
            [void] $text.Append("line $line of a log: request $($line * 7919 % 10007) took $($line % 97) ms`n")
        }

        $block = [System.Text.Encoding]::ASCII.GetBytes($text.ToString(0, 1MB))
        $disk.Position = $first + 8MB
        foreach ($number in 1..48) {
            $disk.Write($block, 0, $block.Length)
        }

        $noise = [byte[]]::new(4MB)
        [System.Random]::new(1).NextBytes($noise)
        $disk.Position = $first + 128MB
        $disk.Write($noise, 0, $noise.Length)
    }
    finally {
        $disk.Dispose()
    }
}

$folder = $Path ? $Path : (Join-Path ([System.IO.Path]::GetTempPath()) "openstackstorage-$(New-Guid)")
New-Item -ItemType Directory -Path $folder -Force | Out-Null
$raw = Join-Path $folder 'disk.img'
$qcow2 = Join-Path $folder 'disk.qcow2'
try {
    'New-DiskImage disk.img -Format Raw -Size 256MB, then a partition and 52 MiB of data'
    New-DiskImage -Path $raw -Format Raw -Size 256MB | Out-Null
    Write-ExampleDisk -Path $raw
    $partition = @(Get-DiskImagePartition -Path $raw)
    if ($partition.Count -ne 1 -or $partition[0].Start -ne 1MB) {
        throw "$raw does not have the partition that was written."
    }

    $partition | Out-String -Width 100

    'Convert-DiskImage disk.img -Format Qcow2 -Compress -Verify'
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $image = Convert-DiskImage -Path $raw -DestinationPath $qcow2 -Format Qcow2 -Compress -Verify
    $image | Out-String -Width 100
    $before, $after = $raw, $qcow2 | ForEach-Object { (Get-Item -LiteralPath $_).Length / 1MB }
    $seconds = $clock.Elapsed.TotalSeconds
    '{0:n1} MiB became {1:n1} MiB in {2:n1} s, and were read back and compared.' -f $before, $after, $seconds

    'Test-DiskImage disk.qcow2 -Deep'
    if (-not (Test-DiskImage -Path $qcow2 -Deep)) {
        throw "$qcow2 is damaged."
    }

    'It is sound.'

    'Compare-DiskImage disk.img disk.qcow2'
    $differences = @(Compare-DiskImage -ReferencePath $raw -DifferencePath $qcow2)
    if ($differences.Count -gt 0) {
        throw "$qcow2 differs from $raw at byte $($differences[0].Start)."
    }

    'They are equal.'
    'Get-DiskImageInfo disk.qcow2'
    $shown = Get-DiskImageInfo -Path $qcow2
    if ($shown.VirtualSize -ne 256MB -or -not $shown.Compressed -or $shown.SafetyFindings) {
        throw "$qcow2 is not what was asked for."
    }

    $shown | Format-List | Out-String -Width 100
}
finally {
    if (-not $Path) {
        Remove-Item -LiteralPath $folder -Recurse -Force
    }
}
