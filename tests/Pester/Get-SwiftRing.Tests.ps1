BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Get-SwiftRing' {
    BeforeEach {
        New-TestRing
    }

    It 'shows builders and rings by position, wildcard and pipeline' {
        (Get-SwiftRing object.builder).Kind | Should -Be 'Builder'
        (Get-SwiftRing object.*).Kind | Should -Be 'Builder', 'Ring'
        (Get-ChildItem object.* | Get-SwiftRing).Devices | Should -Be 12, 12
        ('object.builder' | Get-SwiftRing | Get-SwiftRing).Version | Should -Be 13
    }

    It 'takes brackets in names for letters, from objects too' {
        $null = New-SwiftRing '[x].builder' 4 1 1
        (Get-SwiftRing -LiteralPath '[x].builder' | Get-SwiftRing).PartPower | Should -Be 4
    }

    It 'tells whether the ring file is up to date' {
        (Get-SwiftRing object.builder).RingState | Should -Be 'up-to-date'
        Set-SwiftRingDevice object.builder -Id 0 -Weight 50
        (Get-SwiftRing object.builder).RingState | Should -Be 'obsolete'
        Remove-Item object.ring.gz
        (Get-SwiftRing object.builder).RingState | Should -Be 'not found'
    }

    It 'names what is wrong: <id>' -ForEach @(
        @{ id = 'PathNotFound'; path = 'none.builder'; content = $null }
        @{ id = 'RingFileCorrupt'; path = 'bad.builder'; content = 'no pickle' }
        @{ id = 'RingFileUnsafe'; path = 'evil.builder'; content = "cos`nsystem`n(S'true'`ntR." }
    ) {
        if ($content) { Set-Content $path $content -NoNewline }
        Get-SwiftRing $path -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "$id,$class"
        $errors.TargetObject | Should -Be $path
        $errors.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'gives JSON that tells the same' {
        $read = Get-SwiftRing object.builder | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $read.Kind, $read.PartPower, $read.Replica | Should -Be 'Builder', 6, 3
    }

    It 'has a table of 80 columns' {
        Get-SwiftRing object.* | Get-View | Should -BeExactly @(
            'Name               Kind    Power Replica Devices  Balance Dispersion Ring'
            '----               ----    ----- ------- -------  ------- ---------- ----'
            'object.builder     Builder     6       3      12     0.00       0.00 up-to-date'
            'object.ring.gz     Ring        6       3      12'
        )
    }
}
