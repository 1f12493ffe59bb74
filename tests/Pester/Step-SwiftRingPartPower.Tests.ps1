BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.StepSwiftRingPartPowerCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Step-SwiftRingPartPower' {
    BeforeEach {
        New-TestRing
    }

    It 'takes its step and writes the ring' {
        $null = Enter-SwiftRingPartPower object.builder
        $ring = Step-SwiftRingPartPower object.builder
        $ring.PartPower, $ring.NextPartPower, $ring.RingState | Should -Be 7, 7, 'up-to-date'
    }

    It 'takes builders from the pipeline, and leaves the ring out with -NoRing' {
        $null = Enter-SwiftRingPartPower object.builder
        (Get-Item object.builder | Step-SwiftRingPartPower -NoRing).PartPower | Should -Be 7
        (Get-SwiftRing object.builder).RingState | Should -Be 'obsolete'
    }

    It 'changes nothing with -WhatIf' {
        $null = Enter-SwiftRingPartPower object.builder
        $before = Get-FolderState
        Step-SwiftRingPartPower object.builder -WhatIf | Should -BeNullOrEmpty
        Get-FolderState | Should -Be $before
    }

    It 'refuses to go out of order' {
        $before = Get-FolderState
        Step-SwiftRingPartPower object.builder -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingPartPowerState,$class"
        $errors.TargetObject | Should -Be 'object.builder'
        Get-FolderState | Should -Be $before
    }
}
