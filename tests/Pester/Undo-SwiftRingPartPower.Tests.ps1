BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.UndoSwiftRingPartPowerCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Undo-SwiftRingPartPower' {
    BeforeEach {
        New-TestRing
    }

    It 'takes its step and writes the ring' {
        $null = Enter-SwiftRingPartPower object.builder
        $ring = Undo-SwiftRingPartPower object.builder
        $ring.PartPower, $ring.NextPartPower, $ring.RingState | Should -Be 6, 6, 'up-to-date'
    }

    It 'takes builders from the pipeline, and leaves the ring out with -NoRing' {
        $null = Enter-SwiftRingPartPower object.builder
        (Get-Item object.builder | Undo-SwiftRingPartPower -NoRing).PartPower | Should -Be 6
        (Get-SwiftRing object.builder).RingState | Should -Be 'obsolete'
    }

    It 'changes nothing with -WhatIf' {
        $null = Enter-SwiftRingPartPower object.builder
        $before = Get-FolderState
        Undo-SwiftRingPartPower object.builder -WhatIf | Should -BeNullOrEmpty
        Get-FolderState | Should -Be $before
    }

    It 'refuses to go out of order' {
        $null = Enter-SwiftRingPartPower object.builder
        $null = Step-SwiftRingPartPower object.builder
        $before = Get-FolderState
        Undo-SwiftRingPartPower object.builder -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingPartPowerState,$class"
        $errors.TargetObject | Should -Be 'object.builder'
        Get-FolderState | Should -Be $before
    }
}
