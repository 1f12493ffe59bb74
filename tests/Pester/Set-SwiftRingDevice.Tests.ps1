BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.SetSwiftRingDeviceCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Set-SwiftRingDevice' {
    BeforeEach {
        New-TestRing
    }

    It 'changes devices by number, by search and as objects' {
        (Set-SwiftRingDevice object.builder -Id 1, 2 -Weight 50 -PassThru).Weight | Should -Be 50, 50
        (Set-SwiftRingDevice object.builder z3-10.0.3.1 -NewZone 4 -PassThru).Zone | Should -Be 4, 4
        $changed = Get-SwiftRingDevice object.builder -Ip 10.0.2.2 | Set-SwiftRingDevice -NewIp 10.0.2.9 -NewMeta moved -PassThru
        $changed.Ip | Should -Be '10.0.2.9', '10.0.2.9'
        $changed.Meta | Should -Be 'moved', 'moved'
        Set-SwiftRingDevice object.builder -Id 0 -Weight 1 | Should -BeNullOrEmpty
    }

    It 'writes once for a whole pipeline' {
        Get-SwiftRingDevice object.builder | Set-SwiftRingDevice -Weight 5
        (Get-SwiftRingDevice object.builder).Weight | Sort-Object -Unique | Should -Be 5
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-FolderState
        Get-SwiftRingDevice object.builder | Set-SwiftRingDevice -Weight 0 -NewRegion 3 -WhatIf
        Get-FolderState | Should -Be $before
    }

    It 'refuses an object whose number belongs to another disk now' {
        $old = Get-SwiftRingDevice object.builder -Id 3
        Set-SwiftRingDevice object.builder -Id 3 -NewDevice sdz
        $old | Set-SwiftRingDevice -Weight 0 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingDeviceNotFound,$class"
        (Get-SwiftRingDevice object.builder -Id 3).Weight | Should -Be 100
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'nothing'; id = 'ParameterInvalid'; parameters = @{ Id = 1 } }
        @{ what = 'a number that is not there'; id = 'RingDeviceNotFound'; parameters = @{ Id = 99; Weight = 1 } }
        @{ what = 'the address of another'; id = 'RingDeviceDuplicate'; parameters = @{ Id = 1; NewDevice = 'sda' } }
        @{ what = 'a negative weight'; id = 'RingParameterInvalid'; parameters = @{ Id = 1; Weight = -5 } }
        @{ what = 'a removed device'; id = 'RingDeviceRemoved'; parameters = @{ Id = 5; Weight = 5 } }
    ) {
        Remove-SwiftRingDevice object.builder -Id 5
        $before = Get-FolderState
        Set-SwiftRingDevice object.builder @parameters -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "$id,$class"
        Get-FolderState | Should -Be $before
    }
}
