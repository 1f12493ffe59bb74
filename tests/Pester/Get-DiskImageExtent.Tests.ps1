BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetDiskImageExtentCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 1MB
    $null = Convert-DiskImage a.img a.qcow2 -Format Qcow2 -Compress
    $null = New-DiskImage top.qcow2 -Format Qcow2 -BackingFile a.img -Size 2MB
    Copy-Item -LiteralPath a.img -Destination '[x] y.img'
    Copy-Item a.qcow2 bad.qcow2
    Set-Byte bad.qcow2 20 ([byte[]](0, 0, 0, 99))
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Get-DiskImageExtent' {
    It 'sees through a chain, of <_>' -ForEach 'top.qcow2', 'TestDrive:/top.qcow2', './top.qcow2' {
        $extents = Get-DiskImageExtent $_
        $extents | Should -BeOfType OpenStackStorage.Model.DiskImageExtent
        $extents.Start | Should -Be 0, 1MB
        $extents | ForEach-Object Length | Should -Be 1MB, 1MB
        $extents.Kind | Should -Be 'Data', 'Unallocated'
        $extents.Depth | Should -Be 1, 0
        $extents[0].HostOffset | Should -Be 0
        $extents[1].HostOffset | Should -BeNullOrEmpty
        $extents.File | Split-Path -Leaf | Should -Be 'a.img', 'top.qcow2'
        "$($extents[0])" | Should -Be 'Data at 0 for 1048576 bytes'
    }

    It 'takes sizes with units for -Offset and -Length' {
        $extent = Get-DiskImageExtent a.img -Offset 64KB -Length '128KiB'
        $extent.Start, $extent.Length | Should -Be 64KB, 128KB
    }

    It 'refuses an offset behind the disk' {
        Get-DiskImageExtent a.img -Offset 2MB -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class"
    }

    It 'takes <what> from the pipeline' -ForEach @(
        @{ what = 'strings'; items = { 'a.img', '*y.img' } }
        @{ what = 'files'; items = { Get-Item -LiteralPath a.img, '[x] y.img' } }
        @{ what = 'image objects'; items = { Get-DiskImageInfo -LiteralPath a.img, '[x] y.img' } }
    ) {
        (& $items | Get-DiskImageExtent).Path | Split-Path -Leaf | Should -Be 'a.img', '[x] y.img'
    }

    It 'goes on after a bad item' {
        $found = 'a.img', 'bad.qcow2', 'missing.img' | Get-DiskImageExtent -ErrorAction SilentlyContinue -ErrorVariable errors
        $found.Path | Should -Be (Get-FullPath a.img)
        $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class", "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'bad.qcow2', 'missing.img'
    }

    It 'gives its objects as they are found' {
        $first = Get-DiskImageExtent top.qcow2 | Select-Object -First 1
        $first.Start | Should -Be 0
    }

    It 'gives JSON that tells the same' {
        $read = Get-DiskImageExtent top.qcow2 | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $read.Start | Should -Be 0, 1MB
        $read.Depth | Should -Be 1, 0
        $read[1].HostOffset | Should -BeNullOrEmpty
    }

    It 'has a table of 80 columns' {
        $shown = (Get-DiskImageExtent top.qcow2 | Out-String -Width 80) -replace '\e\[[\d;]*m' -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ }
        $shown | Should -BeExactly @(
            '             Start       Length Kind                HostOffset File'
            '             -----       ------ ----                ---------- ----'
            '                 0        1 MiB Data                         0 a.img'
            '           1048576        1 MiB Unallocated                    top.qcow2'
        )
    }
}
