# Convert-DiskImage onto block devices and onto full disks. Needs root and Linux; says so where it has neither.

BeforeDiscovery {
    $reason = if (-not $IsLinux) { 'loop devices are of Linux' }
    elseif ((id -u) -ne '0') { 'only root can make loop devices and mounts' }
    elseif (-not (Get-Command losetup, mount, umount -ErrorAction Ignore)) { 'losetup or mount is not installed' }
}

BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.ConvertDiskImageCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 1MB
    $folder = Get-FullPath .
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Convert-DiskImage onto a device' -ForEach @{ reason = $reason } {
    BeforeAll {
        if (-not $reason) {
            # Old content everywhere: what is not zeroed shows.
            [IO.File]::WriteAllBytes("$folder/disk", [byte[]]@(0xAA) * 4MB)
            $device = losetup -f --show "$folder/disk" 2>$null
            if (-not $device) { $reason = 'losetup makes no loop device here' }
        }
    }

    BeforeEach {
        if ($reason) { Set-ItResult -Skipped -Because $reason }
    }

    AfterAll {
        if ($device) { losetup -d $device }
    }

    It 'refuses it without -Force, and says what is at stake' {
        $before = Get-Hash $device
        Convert-DiskImage a.img $device -Format Raw -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "DestinationExists,$class"
        $errors.TargetObject | Should -Be $device
        $errors.ErrorDetails.RecommendedAction | Should -BeLike '*-Force*device*'
        Get-Hash $device | Should -Be $before
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-Hash $device
        Convert-DiskImage a.img $device -Format Raw -Force -WhatIf | Should -BeNullOrEmpty
        Get-Hash $device | Should -Be $before
    }

    It 'refuses one that is too small' {
        $before = Get-Hash $device
        $null = New-DiskImage large.img 5MB -Format Raw
        Convert-DiskImage large.img $device -Format Raw -Force -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "DestinationTooSmall,$class"
        $errors.TargetObject | Should -Be $device
        $errors.Exception.Message | Should -BeLike '*4194304*5242880*'
        Get-Hash $device | Should -Be $before
    }

    It 'refuses to read a device and write to it at once' {
        Convert-DiskImage $device $device -Format Raw -Force -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "DestinationIsSource,$class"
    }

    It 'writes a <_> image over what was there, zeroes too, and nothing behind it' -ForEach 'raw', 'qcow2' {
        $source = 'a.img'
        if ($_ -eq 'qcow2') { $source = (Convert-DiskImage a.img -Format Qcow2 -Compress -Force).Path }
        $info = Convert-DiskImage $source $device -Format Raw -Force -Verify
        $info.Path, $info.VirtualSize | Should -Be $device, 4MB
        $bytes = [IO.File]::ReadAllBytes($device)
        $disk = [IO.File]::ReadAllBytes("$folder/a.img")
        [Linq.Enumerable]::SequenceEqual([byte[]] $bytes[0..(1MB - 1)], $disk) | Should -BeTrue
        $bytes[1MB], $bytes[4MB - 1] | Should -Be 0xAA, 0xAA
        losetup -c $device # flushes, and reads the size anew
    }

    It 'writes a qcow2 image that can be read from the device' {
        $null = Convert-DiskImage a.img $device -Format Qcow2 -Force -Verify
        (Get-DiskImageInfo $device).Format | Should -Be 'qcow2'
        Compare-DiskImage a.img $device | Should -BeNullOrEmpty
        $null = Convert-DiskImage $device back.img -Format Raw
        Get-Hash back.img | Should -Be (Get-Hash a.img)
    }

    It 'refuses a mounted one' {
        if (-not (Get-Command mkfs.ext4 -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'mkfs.ext4 is not installed'
            return
        }

        mkfs.ext4 -q $device
        $null = New-Item -ItemType Directory mounted
        mount $device "$folder/mounted"
        if ($LASTEXITCODE -ne 0) {
            Set-ItResult -Skipped -Because 'mounts are not allowed here'
            return
        }

        try {
            Convert-DiskImage a.img $device -Format Raw -Force -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "ImageInUse,$class"
            $errors.CategoryInfo.Category | Should -Be 'ResourceBusy'
            $errors.TargetObject | Should -Be $device
        }
        finally { umount "$folder/mounted" }
        (Get-DiskImageInfo $device).Format | Should -Be 'raw'
        $null = Convert-DiskImage a.img $device -Format Raw -Force
    }
}

Describe 'Convert-DiskImage onto a full disk' -ForEach @{ reason = $reason } {
    BeforeAll {
        $small = New-Item -ItemType Directory small
        if (-not $reason) {
            mount -t tmpfs -o size=256k none $small.FullName 2>$null
            if ($LASTEXITCODE -ne 0) { $reason = 'a tmpfs can not be mounted here' }
        }
    }

    BeforeEach {
        if ($reason) { Set-ItResult -Skipped -Because $reason }
    }

    AfterAll {
        if (-not $reason) { umount $small.FullName }
    }

    It 'says so and leaves nothing: <format>' -ForEach @{ format = 'Raw' }, @{ format = 'Qcow2' } {
        Convert-DiskImage a.img small/a.disk -Format $format -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "InsufficientSpace,$class"
        $errors.CategoryInfo.Category | Should -Be 'LimitsExceeded'
        $errors.TargetObject | Should -Be 'small/a.disk'
        $errors.Exception.Message | Should -Not -BeLike '*partial*'
        Get-ChildItem small | Should -BeNullOrEmpty
    }

    It 'says so when space is reserved' {
        New-DiskImage small/new.img 1MB -Format Raw -Preallocation Full -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -BeLike 'InsufficientSpace,*'
        Get-ChildItem small | Should -BeNullOrEmpty
    }
}
