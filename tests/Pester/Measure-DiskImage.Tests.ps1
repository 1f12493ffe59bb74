BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.MeasureDiskImageCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 1MB
    Copy-Item -LiteralPath a.img -Destination '[x] y.img'
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Measure-DiskImage' {
    It 'names what <Format> will take: <Arguments.Keys>' -ForEach @(
        @{ Format = 'Raw'; Arguments = @{} }
        @{ Format = 'Qcow2'; Arguments = @{} }
        @{ Format = 'Qcow2'; Arguments = @{ BlockSizeBytes = 2MB } }
        @{ Format = 'Qcow2'; Arguments = @{ SubFormat = 'v2' } }
    ) {
        $measure = Measure-DiskImage a.img -Format $Format @Arguments
        $measure | Should -BeOfType OpenStackStorage.Model.DiskImageMeasure
        $null = Convert-DiskImage a.img made -Format $Format -Force @Arguments
        (Get-Item made).Length | Should -BeLessOrEqual $measure.Required
        $measure.Required | Should -BeLessOrEqual $measure.FullyAllocated
        $measure.Path, $measure.Format, $measure.VirtualSize | Should -Be (Get-FullPath a.img), $Format, 1MB
    }

    It 'measures an empty disk by -Size, with <_>' -ForEach 'Off', 'Metadata' {
        $measure = Measure-DiskImage -Size 10MB -Format Qcow2 -Preallocation $_ -Option @{ refcount_bits = 64 }
        $null = New-DiskImage new.qcow2 -Format Qcow2 -Size 10MB -Preallocation $_ -Option @{ refcount_bits = 64 } -Force
        $measure.Required | Should -Be (Get-Item new.qcow2).Length
        $measure.Path | Should -BeNullOrEmpty
        $measure.VirtualSize | Should -Be 10MB
    }

    It 'takes <what> from the pipeline' -ForEach @(
        @{ what = 'strings'; items = { 'a.img', '*y.img' } }
        @{ what = 'files'; items = { Get-Item -LiteralPath a.img, '[x] y.img' } }
        @{ what = 'image objects'; items = { Get-DiskImageInfo -LiteralPath a.img, '[x] y.img' } }
    ) {
        (& $items | Measure-DiskImage -Format Qcow2).Path | Split-Path -Leaf | Should -Be 'a.img', '[x] y.img'
    }

    It 'refuses options that the format refuses' {
        Measure-DiskImage -Size 1GB -Format Qcow2 -ClusterSize 1000 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class"
        Measure-DiskImage none.img -Format Qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
    }

    It 'has a table of 80 columns' {
        $measure = [OpenStackStorage.Model.DiskImageMeasure] @{ Path = '/x/a.img'; Format = 'qcow2'; VirtualSize = 64MB; Required = 1536KB; FullyAllocated = 65MB }
        $shown = ($measure | Out-String -Width 80) -replace '\e\[[\d;]*m' -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ }
        $shown | Should -BeExactly @(
            'Name                         Format      VirtualSize     Required FullyAllocated'
            '----                         ------      -----------     -------- --------------'
            'a.img                        qcow2            64 MiB      1.5 MiB         65 MiB'
        )
    }
}
