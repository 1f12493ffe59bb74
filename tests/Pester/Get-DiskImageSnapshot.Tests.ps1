BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetDiskImageSnapshotCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Get-DiskImageSnapshot' {
    BeforeEach {
        New-TestDisk a.img 1MB
        $null = Convert-DiskImage a.img a.qcow2 -Format Qcow2 -Force
        $null = Convert-DiskImage a.img '[x] y.qcow2' -Format Qcow2 -Force
        $null = 'one', 'two' | ForEach-Object { New-DiskImageSnapshot a.qcow2 $_ }
        $null = New-DiskImageSnapshot -LiteralPath '[x] y.qcow2' -Name one
    }

    It 'takes <what> from the pipeline' -ForEach @(
        @{ what = 'strings'; items = { 'a.qcow2', '*y.qcow2' } }
        @{ what = 'files'; items = { Get-Item -LiteralPath a.qcow2, '[x] y.qcow2' } }
        @{ what = 'image objects'; items = { Get-DiskImageInfo -LiteralPath a.qcow2, '[x] y.qcow2' } }
    ) {
        $found = & $items | Get-DiskImageSnapshot
        $found | Should -BeOfType OpenStackStorage.Model.DiskImageSnapshot
        $found.Name | Should -Be 'one', 'two', 'one'
        $found[2].PSPath | Should -Be (Get-FullPath '[x] y.qcow2')
    }

    It 'finds by name with wildcards' {
        (Get-DiskImageSnapshot a.qcow2 t*).Name | Should -Be 'two'
        Get-DiskImageSnapshot a.qcow2 x* | Should -BeNullOrEmpty
        Get-DiskImageSnapshot a.qcow2 x -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class"
    }

    It 'refuses other formats by name' {
        Get-DiskImageSnapshot a.img -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ImageFeatureNotSupported,$class"
        "$errors" | Should -BeLike '*raw image*'
    }

    It 'has a table of 80 columns' {
        $snapshot = [OpenStackStorage.Model.DiskImageSnapshot] @{ Path = '/x/a.qcow2'; Id = '1'; Name = 'before-upgrade'; CreatedAt = '2026-02-03T04:05:06Z'; VirtualSize = 1GB }
        $shown = ($snapshot | Out-String -Width 80) -replace '\e\[[\d;]*m' -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ }
        $shown | Should -BeExactly @(
            'Id     Name                     CreatedAt             VirtualSize'
            '--     ----                     ---------             -----------'
            '1      before-upgrade           2026-02-03 04:05:06Z        1 GiB'
        )
    }
}
