BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.RemoveSwiftRingDeviceCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Remove-SwiftRingDevice' {
    BeforeEach {
        New-TestRing
    }

    It 'marks devices by number, by search and as objects' {
        (Remove-SwiftRingDevice object.builder -Id 0 -PassThru).Flags | Should -Be 'DEL'
        Remove-SwiftRingDevice object.builder 10.0.3.2 | Should -BeNullOrEmpty
        (Get-SwiftRingDevice object.builder -Id 4 | Remove-SwiftRingDevice -PassThru).Weight | Should -Be 0
        (Get-SwiftRingDevice object.builder | Where-Object Flags -EQ DEL).Id | Should -Be 0, 4, 10, 11
        (Invoke-SwiftRebalance object.builder -Seed 8 -WarningAction Ignore).RemovedDevices | Should -Be 4
        (Get-SwiftRing object.builder).Devices | Should -Be 8
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-FolderState
        Get-SwiftRingDevice object.builder | Remove-SwiftRingDevice -WhatIf
        Get-FolderState | Should -Be $before
    }

    It 'refuses a device that is not there, or is removed already' {
        Remove-SwiftRingDevice object.builder -Id 99 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingDeviceNotFound,$class"
        Remove-SwiftRingDevice object.builder -Id 5
        Remove-SwiftRingDevice object.builder -Id 5 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingDeviceRemoved,$class"
    }
}
