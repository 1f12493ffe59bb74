BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.SetDiskImageBackingFileCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Set-DiskImageBackingFile' {
    BeforeEach {
        New-TestDisk base.img 1MB
        $null = Convert-DiskImage base.img base.qcow2 -Format Qcow2 -Force
        New-TestDisk other.img 1MB -Seed 2
        $null = Convert-DiskImage other.img top.qcow2 -Format Qcow2 -BackingFile base.qcow2 -Force
        $null = Convert-DiskImage other.img new.qcow2 -Format Qcow2 -Force
    }

    AfterEach { Get-Job | Remove-Job -Force }

    It 'takes <what> from the pipeline and keeps what the disk shows' -ForEach @(
        @{ what = 'strings'; items = { 'top.qcow2' } }
        @{ what = 'files'; items = { Get-Item top.qcow2 } }
        @{ what = 'image objects'; items = { Get-DiskImageInfo top.qcow2 } }
    ) {
        $image = & $items | Set-DiskImageBackingFile -ParentPath new.qcow2 -PassThru
        $image | Should -BeOfType OpenStackStorage.Model.DiskImageInfo
        $image.BackingFile | Should -Be 'new.qcow2'
        Compare-DiskImage top.qcow2 other.img | Should -BeNullOrEmpty
    }

    It 'makes an image independent' {
        Set-DiskImageBackingFile top.qcow2 -None | Should -BeNullOrEmpty
        Remove-Item base.qcow2
        (Get-DiskImageInfo top.qcow2).BackingFile | Should -BeNullOrEmpty
        Compare-DiskImage top.qcow2 other.img | Should -BeNullOrEmpty
    }

    It 'follows a backing file that was renamed' {
        Remove-Item moved.qcow2 -ErrorAction Ignore
        Rename-Item base.qcow2 moved.qcow2
        Set-DiskImageBackingFile top.qcow2 moved.qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "BackingFileNotFound,$class"
        Set-DiskImageBackingFile top.qcow2 moved.qcow2 -Unsafe
        Compare-DiskImage top.qcow2 other.img | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-Hash top.qcow2
        Set-DiskImageBackingFile top.qcow2 -None -Unsafe -WhatIf -PassThru | Should -BeNullOrEmpty
        Set-DiskImageBackingFile top.qcow2 new.qcow2 -WhatIf | Should -BeNullOrEmpty
        Get-Hash top.qcow2 | Should -Be $before
    }

    It 'refuses what contradicts itself' {
        Set-DiskImageBackingFile top.qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class"
        Set-DiskImageBackingFile base.qcow2 top.qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "BackingChainInvalid,$class"
    }

    It 'gives a differencing <_> another parent, known by its identity' -ForEach Vhd, Vhdx {
        foreach ($name in 'base', 'other') {
            $null = Convert-DiskImage "$name.img" "$name.$_" -Format $_ -Force
        }

        $null = New-DiskImage "child.$_" -Format $_ -BackingFile "base.$_" -Force
        Set-DiskImageBackingFile "child.$_" "other.$_" -Unsafe -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "BackingFileMismatch,$class"
        (Set-DiskImageBackingFile "child.$_" "other.$_" -PassThru).BackingFile | Should -BeLike "*other.$_"
        Remove-Item "base.$_"
        Compare-DiskImage "child.$_" base.img | Should -BeNullOrEmpty
        Set-DiskImageBackingFile "child.$_" -None
        Remove-Item "other.$_"
        Compare-DiskImage "child.$_" base.img | Should -BeNullOrEmpty
    }

    It 'runs in a job' {
        $job = Set-DiskImageBackingFile top.qcow2 -None -PassThru -AsJob
        (Receive-Job $job -Wait).Path | Should -Be (Get-FullPath top.qcow2)
        $job.State | Should -Be 'Completed'
    }
}
