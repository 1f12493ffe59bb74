BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetSwiftRingHistoryCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Get-SwiftRingHistory' {
    BeforeEach {
        New-TestRing
    }

    It 'lists backups, oldest first' {
        $backups = Get-SwiftRingHistory object.builder
        $backups.Kind | Should -Contain 'Ring'
        $backups[-1].Version, $backups[-1].Devices | Should -Be 13, 12
        $backups.BuilderPath | Sort-Object -Unique | Should -Be (Get-FullPath object.builder)
        ($backups.Time | Sort-Object) | Should -Be $backups.Time
        (Get-SwiftRing object.builder | Get-SwiftRingHistory).Count | Should -Be $backups.Count
    }

    It 'gives files that other cmdlets take' {
        (Get-SwiftRingHistory object.builder | Get-SwiftRing | Select-Object -Last 1).Devices | Should -Be 12
        Get-SwiftRingHistory object.builder | Remove-Item
        Get-SwiftRingHistory object.builder | Should -BeNullOrEmpty
    }

    It 'lists what can''t be read, without its version' {
        Set-Content backups/1.object.builder 'bad'
        $oldest = Get-SwiftRingHistory object.builder | Select-Object -First 1
        $oldest.Time.ToUnixTimeSeconds(), $oldest.Version | Should -Be 1, $null
    }

    It 'has a table of 80 columns' {
        (Get-SwiftRingHistory object.builder | Get-View)[0..1] | Should -BeExactly @(
            'Time                 Kind    Version Devices Name'
            '----                 ----    ------- ------- ----'
        )
    }

    It 'names a builder that is not there' {
        Get-SwiftRingHistory none.builder -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
    }
}
