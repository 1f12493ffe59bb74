BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.ImportSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Import-SwiftRing' {
    BeforeEach {
        New-TestRing
    }

    It 'makes a builder with the same assignments' {
        $ring = Import-SwiftRing object.ring.gz new.builder -MinPartHours 3
        $ring.Kind, $ring.MinPartHours, $ring.Devices | Should -Be 'Builder', 3, 12
        Compare-SwiftRing object.builder new.builder | Should -BeNullOrEmpty
        Test-SwiftRing new.builder | Should -BeTrue
    }

    It 'warns of the hours that it made up' {
        (Get-Item object.ring.gz | Import-SwiftRing -DestinationPath new.builder -WarningVariable warnings -WarningAction SilentlyContinue).MinPartHours | Should -Be 24
        "$warnings" | Should -BeLike '*-MinPartHours*'
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-FolderState
        Import-SwiftRing object.ring.gz new.builder -MinPartHours 1 -WhatIf | Should -BeNullOrEmpty
        Get-FolderState | Should -Be $before
    }

    It 'replaces a builder with -Force only' {
        Import-SwiftRing object.ring.gz object.builder -MinPartHours 5 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "DestinationExists,$class"
        (Import-SwiftRing object.ring.gz object.builder -MinPartHours 5 -Force).MinPartHours | Should -Be 5
    }

    It 'names a damaged ring' {
        Set-Byte object.ring.gz 400 ([byte[]](1, 2, 3))
        Import-SwiftRing object.ring.gz new.builder -MinPartHours 1 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingFileCorrupt,$class"
        'new.builder' | Should -Not -Exist
    }
}
