BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.CompareSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Compare-SwiftRing' {
    BeforeEach {
        New-TestRing
    }

    It 'says nothing of equal rings, whatever their kinds' {
        Compare-SwiftRing object.builder object.ring.gz | Should -BeNullOrEmpty
    }

    It 'counts what moves' {
        Copy-Item object.builder trial.builder
        Remove-SwiftRingDevice trial.builder -Id 11
        $null = Invoke-SwiftRebalance trial.builder -Seed 8 -WarningAction Ignore
        $device = Compare-SwiftRing -ReferencePath object.builder -DifferencePath trial.builder -Tier Device | Where-Object Tier -EQ 'r1z3-10.0.3.2/sdb'
        $device.Before, $device.Gained, $device.Lost, $device.After | Should -Be 16, 0, 16, 0
        $all = Compare-SwiftRing object.builder trial.builder -Tier Device
        ($all | Measure-Object Gained -Sum).Sum | Should -Be ($all | Measure-Object Lost -Sum).Sum
    }

    It 'takes an object for its path' {
        Compare-SwiftRing (Get-SwiftRing object.builder) (Get-Item object.ring.gz) | Should -BeNullOrEmpty
    }

    It 'names the side that is missing' {
        Compare-SwiftRing object.builder none.builder -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'none.builder'
    }

    It 'refuses rings of different part powers' {
        $null = New-SwiftRing other.builder 5 3 1
        $null = Get-TestInventory | Add-SwiftRingDevice other.builder
        $null = Invoke-SwiftRebalance other.builder -Seed 7 -WarningAction Ignore
        Compare-SwiftRing object.builder other.builder -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingParameterInvalid,$class"
    }

    It 'has a table of 80 columns' {
        Copy-Item object.builder trial.builder
        Remove-SwiftRingDevice trial.builder -Id 11
        $null = Invoke-SwiftRebalance trial.builder -Seed 8 -WarningAction Ignore
        (Compare-SwiftRing object.builder trial.builder | Get-View)[0..1] | Should -BeExactly @(
            'Tier                             Before     Gained       Lost              After'
            '----                             ------     ------       ----              -----'
        )
    }
}
