BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    Push-Location TestDrive:/
    New-TestDisk a.img 3MB
    $null = Convert-DiskImage a.img flat.vmdk -Format Vmdk -SubFormat monolithicFlat
    $null = Convert-DiskImage a.img split.vmdk -Format Vmdk -SubFormat twoGbMaxExtentSparse
    $null = Convert-DiskImage a.img stream.vmdk -Format Vmdk -Compress
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'VMDK disks and their extents' {
    It 'skips the extents that a wildcard matches, with a warning for each' {
        $shown = Get-DiskImageInfo *.vmdk -WarningAction SilentlyContinue -WarningVariable warnings
        $shown.Path | Split-Path -Leaf | Should -Be 'flat.vmdk', 'split.vmdk', 'stream.vmdk'
        $shown.SubFormat | Should -BeExactly 'monolithicFlat', 'twoGbMaxExtentSparse', 'streamOptimized'
        $warnings.Count | Should -Be 2
        $warnings[0] | Should -BeLike "*flat-flat.vmdk' is skipped*'flat.vmdk'*"
        $warnings[1] | Should -BeLike "*split-s001.vmdk' is skipped*'split.vmdk'*"
    }

    It 'skips them in a pipeline of files' {
        $null = New-Item -ItemType Directory out
        $made = Get-ChildItem *.vmdk | Convert-DiskImage -Format Raw -DestinationPath out -WarningAction SilentlyContinue -WarningVariable warnings
        $made.Path | Split-Path -Leaf | Should -Be 'flat.img', 'split.img', 'stream.img'
        $warnings.Count | Should -Be 2
        $made | ForEach-Object { Compare-DiskImage a.img $_.Path | Should -BeNullOrEmpty }
    }

    It 'takes an extent that is given by its name for what it is' {
        (Get-DiskImageInfo flat-flat.vmdk -WarningVariable warnings).Format | Should -BeExactly 'raw'
        (Get-DiskImageInfo split-s001.vmdk).SubFormat | Should -BeExactly 'extent'
        $null = Convert-DiskImage split-s001.vmdk x.img -Format Raw -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -BeLike 'ImageFeatureNotSupported,*'
        $warnings | Should -BeNullOrEmpty
    }

    It 'checks a disk with its extents' {
        Test-DiskImage *.vmdk -WarningAction SilentlyContinue | Should -Be $true, $true, $true
    }

    It 'makes a child over a parent' {
        $null = New-DiskImage child.vmdk -Format Vmdk -BackingFile stream.vmdk
        Compare-DiskImage a.img child.vmdk | Should -BeNullOrEmpty
        (Get-DiskImageInfo child.vmdk).BackingFile | Should -Be 'stream.vmdk'
    }
}
