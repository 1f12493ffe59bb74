BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.MeasureSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Measure-SwiftRing' {
    BeforeEach {
        New-TestRing
    }

    It 'counts tiers by level and by pipeline' {
        (Measure-SwiftRing object.builder).Count | Should -Be 22
        (Measure-SwiftRing object.builder Zone).Tier | Should -Be 'r1z1', 'r1z2', 'r1z3'
        (Get-ChildItem *.builder | Measure-SwiftRing -Tier Region).Partitions | Should -Be 192
    }

    It 'finds replicas that lie together' {
        Set-SwiftRingDevice object.builder z3 -Weight 200
        Set-SwiftRing object.builder -ResetMinPartHours -WarningAction Ignore
        $null = Invoke-SwiftRebalance object.builder -Seed 8 -WarningAction Ignore
        $zone = Measure-SwiftRing object.builder Zone | Where-Object Tier -EQ r1z3
        $zone.AtRisk | Should -BeGreaterThan 20
        $zone.MaximumReplica | Should -Be 1
        ($zone.Count | Measure-Object -Sum).Sum | Should -Be 64
    }

    It 'counts all partitions of fractional replicas, and with -Compatible those that Swift counts' {
        Set-SwiftRing object.builder -Replica 2.5
        Set-SwiftRing object.builder -ResetMinPartHours -WarningAction Ignore
        $null = Invoke-SwiftRebalance object.builder -Seed 8 -WarningAction Ignore
        (Measure-SwiftRing object.builder Region).Count | Should -Be 0, 0, 32, 32
        (Measure-SwiftRing object.builder Region -Compatible).Count | Should -Be 32, 0, 0, 32
    }

    It 'refuses a ring file and a builder without assignments' {
        Measure-SwiftRing object.ring.gz -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingFileNotSupported,$class"
        $null = New-SwiftRing empty.builder 4 3 1
        Measure-SwiftRing empty.builder -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingNotRebalanced,$class"
    }

    It 'has a table of 80 columns' {
        Measure-SwiftRing object.builder Region | Get-View | Should -BeExactly @(
            'Tier                         Partitions  AtRisk Max Count'
            '----                         ----------  ------ --- -----'
            'r1                                  192    0.00   3 0 0 0 64'
        )
    }
}
