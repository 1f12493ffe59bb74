# What the suites of the disk image cmdlets share: disks made of plain bytes, and pipelines that can be stopped.

$root = Split-Path (Split-Path $PSScriptRoot)

# The module of this clone, loaded anew.
function Import-TestedModule {
    Import-Module (Join-Path $root 'OpenStackStorage.psd1') -Force -Global
}

# The full path, in the file system, of what need not exist.
function Get-FullPath([string] $Path) {
    $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
}

# A raw disk: text, noise and zeroes by turns of 64 KiB, the same for the same seed.
function New-TestDisk([string] $Path, [long] $Size = 1MB, [int] $Seed = 1) {
    $random = [Random]::new($Seed)
    $bytes = [byte[]]::new($Size)
    $noise = [byte[]]::new(64KB)
    $text = [Text.Encoding]::ASCII.GetBytes("disk $Seed of the tests ".PadRight(32, '.') * 2048)
    for ($at = 0; $at -lt $Size; $at += 192KB) {
        [Array]::Copy($text, 0, $bytes, $at, [Math]::Min($text.Length, $Size - $at))
        $random.NextBytes($noise)
        if ($at + 64KB -lt $Size) {
            [Array]::Copy($noise, 0, $bytes, $at + 64KB, [Math]::Min(64KB, $Size - $at - 64KB))
        }
    }
    [IO.File]::WriteAllBytes((Get-FullPath $Path), $bytes)
}

# A disk of 10 GiB that is soon made and long in conversion: every 4 MiB hold 64 KiB that are hard to compress.
function New-LargeDisk([string] $Path) {
    $null = New-DiskImage -Path $Path -Format Raw -Size 10GB
    $random = [Random]::new(1)
    $block = [byte[]]::new(64KB)
    for ($i = 0; $i -lt $block.Length; $i++) { $block[$i] = [byte][char]'ACGT'[$random.Next(4)] }
    $file = [IO.File]::OpenWrite((Get-FullPath $Path))
    try {
        for ($at = 0L; $at -lt 10GB; $at += 4MB) {
            $file.Position = $at
            $file.Write($block, 0, $block.Length)
        }
    }
    finally { $file.Dispose() }
}

# Writes bytes over those of a file.
function Set-Byte([string] $Path, [long] $Offset, [byte[]] $Value) {
    $file = [IO.File]::OpenWrite((Get-FullPath $Path))
    try {
        $file.Position = $Offset
        $file.Write($Value, 0, $Value.Length)
    }
    finally { $file.Dispose() }
}

# A second MBR disk's first sector: one bootable partition of type 0x83 from 1 MiB on.
function Set-PartitionTable([string] $Path, [uint] $SectorCount = 1024) {
    $record = [byte[]]::new(512)
    $record[446] = 0x80
    $record[450] = 0x83
    [BitConverter]::GetBytes([uint] 2048).CopyTo($record, 454)
    [BitConverter]::GetBytes($SectorCount).CopyTo($record, 458)
    $record[510] = 0x55
    $record[511] = 0xAA
    Set-Byte $Path 0 $record
}

function Get-Hash([string] $Path) {
    (Get-FileHash -LiteralPath (Get-FullPath $Path) -Algorithm SHA256).Hash
}

# Another pipeline at the current location, which a test can watch and stop.
function Open-Pipeline([string] $Script) {
    $shell = [powershell]::Create()
    $setUp = "Import-Module '$root/OpenStackStorage.psd1'; Set-Location -LiteralPath '$(Get-FullPath .)'"
    $null = $shell.AddScript($setUp).Invoke()
    $shell.Commands.Clear()
    $null = $shell.AddScript($Script)
    [pscustomobject] @{ Shell = $shell; Run = $shell.BeginInvoke() }
}

# The full id of an error that a cmdlet writes.
function Get-ErrorId([string] $Command, [string] $Id) {
    "$Id,OpenStackStorage.Commands.$($Command -replace '-')Command"
}

# Polls until the condition holds; after ten seconds the test fails.
function Wait-Until([scriptblock] $Condition) {
    for ($i = 0; $i -lt 1000 -and -not (& $Condition); $i++) { Start-Sleep -Milliseconds 10 }
    if (-not (& $Condition)) { throw "waited ten seconds in vain for: $Condition" }
}

Export-ModuleMember -Function *
