BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.RestoreSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Restore-SwiftRing' {
    BeforeEach {
        New-TestRing
        # Backups have the names of seconds: the state to go back to gets an older one.
        Get-ChildItem backups | Remove-Item
        Copy-Item object.builder backups/1000000000.object.builder
        Remove-SwiftRingDevice object.builder -Id 0
        $null = Invoke-SwiftRebalance object.builder -Seed 8 -WarningAction Ignore
    }

    It 'goes back to the version before, and keeps what it replaces' {
        $ring = Restore-SwiftRing object.builder
        $ring.Version, $ring.Devices, $ring.RingState | Should -Be 13, 12, 'up-to-date'
        @(Get-SwiftRingHistory object.builder).Count | Should -BeGreaterOrEqual 3
    }

    It 'takes a backup by path and from the pipeline' {
        (Restore-SwiftRing object.builder backups/1000000000.object.builder -NoRing).Devices | Should -Be 12
        (Get-SwiftRing object.builder).RingState | Should -Be 'obsolete'
        (Get-SwiftRingHistory object.builder | Select-Object -First 1 | Restore-SwiftRing).RingState | Should -Be 'up-to-date'
    }

    It 'brings back a builder that was deleted' {
        Remove-Item object.builder
        (Restore-SwiftRing object.builder).Devices | Should -Be 11
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-FolderState
        Restore-SwiftRing object.builder -WhatIf | Should -BeNullOrEmpty
        Get-FolderState | Should -Be $before
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'a ring file'; id = 'RingFileNotSupported'; backup = 'object.ring.gz' }
        @{ what = 'a backup that is not there'; id = 'PathNotFound'; backup = 'backups/2.object.builder' }
    ) {
        $before = Get-FolderState
        Restore-SwiftRing object.builder $backup -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "$id,$class"
        Get-FolderState | Should -Be $before
    }

    It 'says that there is no other version' {
        Get-ChildItem backups | Remove-Item
        Restore-SwiftRing object.builder -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
    }
}
