BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.SetSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Set-SwiftRing' {
    BeforeEach {
        New-TestRing
    }

    It 'changes each number and outputs with -PassThru only' {
        Set-SwiftRing object.builder -Overload 0.1 | Should -BeNullOrEmpty
        $ring = Set-SwiftRing object.builder -Replicas 2.5 -MinPartHours 48 -PassThru
        $ring.Replica, $ring.Overload, $ring.MinPartHours | Should -Be 2.5, 0.1, 48
        Set-SwiftRing object.builder -MinPartHours 2 -PassThru:$false | Should -BeNullOrEmpty
    }

    It 'takes many builders from the pipeline' {
        $null = New-SwiftRing second.builder 4 3 1
        (Get-ChildItem *.builder | Get-SwiftRing | Set-SwiftRing -Overload 0.2 -PassThru).Overload | Should -Be 0.2, 0.2
    }

    It 'lets partitions move again, with a warning' {
        Set-SwiftRing object.builder -ResetMinPartHours -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*out of reach*'
        (Get-SwiftRing object.builder).MinPartSecondsLeft | Should -Be 0
    }

    It 'warns of an overload above 100 %' {
        Set-SwiftRing object.builder -Overload 10 -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*0.1 is 10 %*'
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-FolderState
        Set-SwiftRing object.builder -Replica 2 -ResetMinPartHours -WhatIf -WarningAction SilentlyContinue
        Get-FolderState | Should -Be $before
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'nothing'; id = 'ParameterInvalid'; path = 'object.builder'; parameters = @{} }
        @{ what = 'half a replica'; id = 'RingParameterInvalid'; path = 'object.builder'; parameters = @{ Replica = 0.5 } }
        @{ what = 'an overload that is no number'; id = 'RingParameterInvalid'; path = 'object.builder'; parameters = @{ Overload = [double]::NaN } }
        @{ what = 'a ring file'; id = 'RingFileNotSupported'; path = 'object.ring.gz'; parameters = @{ Replica = 2 } }
    ) {
        $before = Get-FolderState
        Set-SwiftRing $path @parameters -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "$id,$class"
        $errors.TargetObject | Should -Be $path
        Get-FolderState | Should -Be $before
    }
}
