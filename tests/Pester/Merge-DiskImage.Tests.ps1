BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.MergeDiskImageCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Merge-DiskImage' {
    BeforeEach {
        New-TestDisk base.img 1MB
        $null = Convert-DiskImage base.img base.qcow2 -Format Qcow2 -Force
        New-TestDisk other.img 1MB -Seed 2
        $null = Convert-DiskImage other.img top.qcow2 -Format Qcow2 -BackingFile base.qcow2 -Force
    }

    AfterEach { Get-Job | Remove-Job -Force }

    It 'takes <what> from the pipeline and outputs what it merged into' -ForEach @(
        @{ what = 'strings'; items = { 'top.qcow2' } }
        @{ what = 'files'; items = { Get-Item top.qcow2 } }
        @{ what = 'image objects'; items = { Get-DiskImageInfo top.qcow2 } }
    ) {
        $merged = & $items | Merge-DiskImage
        $merged | Should -BeOfType OpenStackStorage.Model.DiskImageInfo
        $merged.Path | Should -Be (Get-FullPath base.qcow2)
        Compare-DiskImage base.qcow2 other.img | Should -BeNullOrEmpty
        Compare-DiskImage top.qcow2 other.img | Should -BeNullOrEmpty
    }

    It 'merges a VHDX, which goes on knowing its parent' {
        $null = Convert-DiskImage base.img base.vhdx -Format Vhdx -Force
        $null = Convert-DiskImage other.img top.vhdx -Format Vhdx -BackingFile base.vhdx -Force
        $null = Merge-DiskImage top.vhdx
        Compare-DiskImage base.vhdx other.img | Should -BeNullOrEmpty
        Compare-DiskImage top.vhdx other.img | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-Hash base.qcow2
        Merge-DiskImage top.qcow2 -WhatIf | Should -BeNullOrEmpty
        Get-Hash base.qcow2 | Should -Be $before
    }

    It 'breaks other overlays with -Force only' {
        $null = New-DiskImage second.qcow2 -Format Qcow2 -BackingFile base.qcow2 -Force
        Merge-DiskImage top.qcow2 base.qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ImageHasOverlays,$class"
        $null = Merge-DiskImage top.qcow2 base.qcow2 -Force -WarningAction SilentlyContinue -WarningVariable warnings
        "$warnings" | Should -BeLike '*second.qcow2*'
        Remove-Item second.qcow2
    }

    It 'runs in a job' {
        $job = Merge-DiskImage top.qcow2 -AsJob
        (Receive-Job $job -Wait).Path | Should -Be (Get-FullPath base.qcow2)
        $job.State | Should -Be 'Completed'
    }
}
