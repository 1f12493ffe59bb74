BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Get-SwiftRingCheck' {
    BeforeEach {
        New-TestRing
    }

    It 'says nothing of a good ring' {
        Get-SwiftRingCheck object.builder | Should -BeNullOrEmpty
        Get-SwiftRing object.ring.gz | Get-SwiftRingCheck | Should -BeNullOrEmpty
    }

    It 'finds what waits for the next rebalance' {
        Remove-SwiftRingDevice object.builder -Id 0
        $checks = Get-SwiftRingCheck object.builder
        $checks.Check | Should -Contain 'devices'
        $checks.Check | Should -Contain 'ring file'
        $checks.Severity | Should -Not -Contain 'Error'
    }

    It 'finds an error in what can''t be read' {
        Set-Content broken.ring.gz 'not a ring'
        (Get-SwiftRingCheck broken.ring.gz).Severity | Should -Be 'Error'
    }

    It 'tells the next step of a part power increase' {
        (Enter-SwiftRingPartPower object.builder | Get-SwiftRingCheck).Message | Should -BeLike '*Step-SwiftRingPartPower*'
    }

    It 'has a table of 80 columns' {
        Set-SwiftRingDevice object.builder -Id 0 -NewMeta x
        Remove-Item object.ring.gz
        (Get-SwiftRingCheck object.builder | Get-View)[0..1] | Should -BeExactly @(
            'Severity    Check        Message'
            '--------    -----        -------'
        )
    }
}
