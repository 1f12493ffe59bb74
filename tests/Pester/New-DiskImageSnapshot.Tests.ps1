BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.NewDiskImageSnapshotCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'New-DiskImageSnapshot' {
    BeforeEach {
        New-TestDisk a.img 1MB
        $null = Convert-DiskImage a.img a.qcow2 -Format Qcow2 -Force
        $null = Convert-DiskImage a.img '[x] y.qcow2' -Format Qcow2 -Force
    }

    It 'takes <what> from the pipeline' -ForEach @(
        @{ what = 'strings'; items = { 'a.qcow2', '*y.qcow2' } }
        @{ what = 'files'; items = { Get-Item -LiteralPath a.qcow2, '[x] y.qcow2' } }
        @{ what = 'image objects'; items = { Get-DiskImageInfo -LiteralPath a.qcow2, '[x] y.qcow2' } }
    ) {
        $made = & $items | New-DiskImageSnapshot -Name one
        $made | Should -BeOfType OpenStackStorage.Model.DiskImageSnapshot
        $made.Path | Split-Path -Leaf | Should -Be 'a.qcow2', '[x] y.qcow2'
        $made.SnapshotId | Should -Be '1', '1'
        $made.Name | Should -Be 'one', 'one'
        Test-DiskImage a.qcow2 | Should -BeTrue
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-Hash a.qcow2
        New-DiskImageSnapshot a.qcow2 one -WhatIf | Should -BeNullOrEmpty
        Get-Hash a.qcow2 | Should -Be $before
    }

    It 'refuses a name twice, and other formats' {
        $null = New-DiskImageSnapshot a.qcow2 one
        'a.qcow2', 'a.img' | New-DiskImageSnapshot -Name one -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class", "ImageFeatureNotSupported,$class"
    }
}
