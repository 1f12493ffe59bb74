BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.ExportSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Export-SwiftRing' {
    BeforeEach {
        New-TestRing
    }

    It 'renews the ring file beside a builder' {
        Set-SwiftRingDevice object.builder -Id 0 -NewMeta new
        (Get-SwiftRing object.builder).RingState | Should -Be 'obsolete'
        (Export-SwiftRing object.builder).Name | Should -Be 'object.ring.gz'
        (Get-SwiftRing object.builder).RingState | Should -Be 'up-to-date'
    }

    It 'gives files that other cmdlets take' {
        Export-SwiftRing object.builder -AsText | Get-Content | Select-Object -First 1 | Should -Be 'partitions: 64'
        (Export-SwiftRing object.builder v2.ring.gz -FormatVersion 2 -DeviceIdBytes 4 | Get-SwiftRing).DeviceIdBytes | Should -Be 4
        (Get-ChildItem *.builder | Export-SwiftRing -DestinationPath '[x].ring.gz' | Get-SwiftRing).Devices | Should -Be 12
    }

    It 'writes an inventory that gives the same ring' {
        $null = Export-SwiftRing object.builder -AsInventory
        $null = New-SwiftRing copy.builder 6 3 1
        (Import-Csv object.csv | Add-SwiftRingDevice -Path copy.builder).Count | Should -Be 12
        $null = Invoke-SwiftRebalance copy.builder -Seed 7
        Compare-SwiftRing object.builder copy.builder | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-FolderState
        Export-SwiftRing object.builder -WhatIf | Should -BeNullOrEmpty
        Export-SwiftRing object.builder -AsText -WhatIf | Should -BeNullOrEmpty
        Get-FolderState | Should -Be $before
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'a file that is there'; id = 'DestinationExists'; parameters = @{ DestinationPath = 'object.builder' } }
        @{ what = 'text and inventory at once'; id = 'ParameterInvalid'; parameters = @{ AsText = $true; AsInventory = $true } }
        @{ what = 'four bytes in format 1'; id = 'RingFileNotSupported'; parameters = @{ DestinationPath = 'x.ring.gz'; DeviceIdBytes = 4 } }
        @{ what = 'a folder that is missing'; id = 'PathNotFound'; parameters = @{ DestinationPath = 'none/x.ring.gz' } }
    ) {
        $before = Get-FolderState
        Export-SwiftRing object.builder @parameters -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "$id,$class"
        Get-FolderState | Should -Be $before
    }
}
