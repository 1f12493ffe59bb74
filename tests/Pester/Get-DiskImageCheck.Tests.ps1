BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetDiskImageCheckCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 1MB
    $null = Convert-DiskImage a.img good.qcow2 -Format Qcow2 -Compress
    Copy-Item good.qcow2 '[bad] 1.qcow2'
    Set-Byte '[bad] 1.qcow2' 64KB ([byte[]](0x80, 0, 0, 0, 0x70, 0, 0, 0)) # L1 entry 0: far outside the file
    Copy-Item good.qcow2 header.qcow2
    Set-Byte header.qcow2 20 ([byte[]](0, 0, 0, 99)) # cluster_bits
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Get-DiskImageCheck' {
    It 'finds nothing in a sound image' {
        Get-DiskImageCheck good.qcow2 | Should -BeNullOrEmpty
        Get-DiskImageCheck good.qcow2 -Deep | Should -BeNullOrEmpty
    }

    It 'names severity, byte and field of what is wrong' {
        $found = Get-DiskImageCheck -LiteralPath '[bad] 1.qcow2'
        $found.Count | Should -BeGreaterThan 1 -Because 'what the table held leaks'
        $first = $found | Where-Object Field -EQ 'L1 entry 0'
        $first.Severity, $first.Offset, $first.Path | Should -Be 'Corruption', 64KB, (Get-FullPath '[bad] 1.qcow2')
        $found.Severity | Should -Contain 'Leak'
    }

    It 'gives a broken header as a finding, not as an error' {
        $found = Get-DiskImageCheck header.qcow2
        $found.Severity, $found.Offset, $found.Field | Should -Be 'Corruption', 20, 'cluster_bits'
    }

    It 'finds broken compressed data with -Deep only' {
        Copy-Item good.qcow2 data.qcow2
        Set-Byte data.qcow2 128KB ([byte[]]@(0xFF) * 64)
        Get-DiskImageCheck data.qcow2 | Should -BeNullOrEmpty
        (Get-DiskImageCheck data.qcow2 -Deep).Severity | Should -Contain 'Corruption'
    }

    It 'takes <what> from the pipeline' -ForEach @(
        @{ what = 'strings'; items = { '*1.qcow2', 'header.qcow2' } }
        @{ what = 'files'; items = { Get-Item -LiteralPath '[bad] 1.qcow2', header.qcow2 } }
        @{ what = 'rows with a PSPath'; items = { '[bad] 1.qcow2', 'header.qcow2' | ForEach-Object { [pscustomobject] @{ PSPath = $_; Format = 'x'; Deep = 'y' } } } }
    ) {
        (& $items | Get-DiskImageCheck).Path | Sort-Object -Unique | Split-Path -Leaf | Should -Be '[bad] 1.qcow2', 'header.qcow2'
    }

    It 'takes a path on a drive' {
        (Get-DiskImageCheck TestDrive:/header.qcow2).Path | Should -Be (Get-FullPath header.qcow2)
    }

    It 'goes on after a missing file' {
        $found = 'none.qcow2', 'header.qcow2' | Get-DiskImageCheck -ErrorAction SilentlyContinue -ErrorVariable errors
        @($found).Count | Should -Be 1
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'none.qcow2'
    }

    It 'gives JSON that tells the same' {
        $read = Get-DiskImageCheck header.qcow2 | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $read.Severity, $read.Offset, $read.Field | Should -Be 'Corruption', 20, 'cluster_bits'
    }

    It 'has a table of 80 columns' {
        $finding = [OpenStackStorage.Model.DiskImageCheck] @{
            Path = '/x'; Severity = 'Leak'; Offset = 65536; Field = 'L1 entry 0'; Message = 'the clusters are not used'
        }
        $shown = ($finding | Out-String -Width 80) -replace '\e\[[\d;]*m' -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ }
        $shown | Should -BeExactly @(
            'Severity            Offset Field              Message'
            '--------            ------ -----              -------'
            'Leak                 65536 L1 entry 0         the clusters are not used'
        )
    }
}
