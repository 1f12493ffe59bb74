BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetDiskImagePartitionCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 2MB
    Set-PartitionTable a.img
    Copy-Item -LiteralPath a.img -Destination '[x] y.img'
    New-TestDisk none.img 1MB
    $null = Convert-DiskImage a.img packed.qcow2 -Format Qcow2 -Compress
    Copy-Item packed.qcow2 bad.qcow2
    Set-Byte bad.qcow2 20 ([byte[]](0, 0, 0, 99))
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Get-DiskImagePartition' {
    It 'lists the partitions of a <_> disk' -ForEach 'a.img', 'packed.qcow2', 'TestDrive:/a.img' {
        $partition = Get-DiskImagePartition $_
        @($partition).Count | Should -Be 1
        $partition.Path | Should -Be (Get-FullPath $_)
        $partition.Number, $partition.Table, $partition.Start, $partition.Length | Should -Be 1, 'Mbr', 1MB, 512KB
        $partition.Bootable | Should -BeTrue
        "$partition" | Should -BeLike '*:1'
    }

    It 'says nothing of a disk without a table, but with -Verbose' {
        Get-DiskImagePartition none.img | Should -BeNullOrEmpty
        Get-DiskImagePartition none.img -Verbose 4>&1 | Should -BeLike '*no partition table*'
    }

    It 'takes <what> from the pipeline' -ForEach @(
        @{ what = 'strings'; items = { 'a.img', '*y.img' } }
        @{ what = 'files'; items = { Get-Item -LiteralPath a.img, '[x] y.img' } }
        @{ what = 'image objects'; items = { Get-DiskImageInfo -LiteralPath a.img, '[x] y.img' } }
    ) {
        (& $items | Get-DiskImagePartition).Path | Split-Path -Leaf | Should -Be 'a.img', '[x] y.img'
    }

    It 'passes its image on' {
        (Get-DiskImagePartition -LiteralPath '[x] y.img' | Get-DiskImageInfo).Path | Should -Be (Get-FullPath '[x] y.img')
    }

    It 'goes on after a bad item' {
        $found = 'a.img', 'bad.qcow2', 'missing.img', 'packed.qcow2' | Get-DiskImagePartition -ErrorAction SilentlyContinue -ErrorVariable errors
        $found.Count | Should -Be 2
        $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class", "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'bad.qcow2', 'missing.img'
        $errors[1].ErrorDetails.RecommendedAction | Should -Be ([OpenStackStorage.ErrorIds]::PathNotFound.Remedy)
    }

    It 'refuses a partition that leaves the disk, and names the field' {
        Copy-Item a.img long.img
        Set-PartitionTable long.img -SectorCount 1000000
        Get-DiskImagePartition long.img -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class"
        $errors.Exception.Offset | Should -Be 458
    }

    It 'gives JSON that tells the same' {
        $read = Get-DiskImagePartition a.img | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $read.Start, $read.Length, $read.Table, $read.Bootable | Should -Be 1MB, 512KB, 'Mbr', $true
    }

    It 'has a table of 80 columns' {
        $partition = [OpenStackStorage.Model.DiskImagePartition] @{
            Path = '/x'; Number = 1; Table = 'Gpt'; Type = 'Linux file system'; Name = 'root'; Start = 1MB; Length = 10GB; FileSystem = 'ext4'
        }
        $shown = ($partition | Out-String -Width 80) -replace '\e\[[\d;]*m' -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ }
        $shown | Should -BeExactly @(
            'Number        Start       Length FileSystem   Type'
            '------        -----       ------ ----------   ----'
            '     1        1 MiB       10 GiB ext4         Linux file system (root)'
        )
    }
}
