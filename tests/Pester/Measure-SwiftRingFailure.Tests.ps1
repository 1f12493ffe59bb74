BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.MeasureSwiftRingFailureCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Measure-SwiftRingFailure' {
    BeforeEach {
        New-TestRing
    }

    It 'lets each tier fail' {
        $zones = Measure-SwiftRingFailure object.builder Zone
        $zones.Tier | Should -Be 'r1z1', 'r1z2', 'r1z3'
        $zones[0].None, $zones[0].One | Should -Be 0, 0
        $zones[0].PartitionsLeft | Should -Be 0, 0, 64, 0
        (Measure-SwiftRingFailure object.builder -Tier Region).None | Should -Be 64
        (Get-Item object.ring.gz | Measure-SwiftRingFailure -Tier Device).Count | Should -Be 12
    }

    It 'needs a tier, and assignments' {
        { Measure-SwiftRingFailure object.builder -Tier Rack } | Should -Throw -ErrorId "CannotConvertArgumentNoMessage,$class"
        $null = New-SwiftRing empty.builder 4 3 1
        Measure-SwiftRingFailure empty.builder Zone -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingNotRebalanced,$class"
    }

    It 'has a table of 80 columns' {
        Measure-SwiftRingFailure object.builder Region | Get-View | Should -BeExactly @(
            'Tier                               None        One PartitionsLeft'
            '----                               ----        --- --------------'
            'r1                                   64          0 64 0 0 0'
        )
    }
}
