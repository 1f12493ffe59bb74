BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.ResizeDiskImageCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Resize-DiskImage' {
    BeforeEach {
        New-TestDisk a.img 1MB
        $null = Convert-DiskImage a.img '[x] y.qcow2' -Format Qcow2 -Force
        $null = Convert-DiskImage a.img b.qcow2 -Format Qcow2 -Force
    }

    It 'takes <what> from the pipeline' -ForEach @(
        @{ what = 'strings'; items = { 'b.qcow2', '*y.qcow2' } }
        @{ what = 'files'; items = { Get-Item -LiteralPath b.qcow2, '[x] y.qcow2' } }
        @{ what = 'image objects'; items = { Get-DiskImageInfo -LiteralPath b.qcow2, '[x] y.qcow2' } }
    ) {
        $resized = & $items | Resize-DiskImage -Size 3MB -PassThru
        $resized | Should -BeOfType OpenStackStorage.Model.DiskImageInfo
        $resized.Path | Split-Path -Leaf | Should -Be 'b.qcow2', '[x] y.qcow2'
        $resized.VirtualSize | Should -Be 3MB, 3MB
    }

    It 'says nothing by default and takes a size by position' {
        Resize-DiskImage b.qcow2 '2MiB' | Should -BeNullOrEmpty
        (Get-DiskImageInfo b.qcow2).VirtualSize | Should -Be 2MB
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-Hash b.qcow2
        Resize-DiskImage b.qcow2 -Size 512KB -Shrink -PassThru -WhatIf | Should -BeNullOrEmpty
        Get-Hash b.qcow2 | Should -Be $before
    }

    It 'goes on after what it refuses' {
        'b.qcow2', 'a.img', 'missing.img' | Resize-DiskImage -Size 512KB -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class", "ImageFormatMismatch,$class", "PathNotFound,$class"
    }

    It 'cuts no partition' {
        New-TestDisk a.img 2MB
        Set-PartitionTable a.img
        Resize-DiskImage a.img -Size 1MB -Shrink -SourceFormat Raw -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "PartitionWouldBeCut,$class"
        (Get-Item a.img).Length | Should -Be 2MB
    }
}
