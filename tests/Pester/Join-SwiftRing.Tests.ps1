BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.JoinSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Join-SwiftRing' {
    BeforeEach {
        New-TestRing
        foreach ($region in 1, 2) {
            $null = New-SwiftRing "r$region.builder" 6 2 1
            $null = Get-TestInventory | ForEach-Object { $_.Region = $region; $_.Port = 6200 + $region; $_ } | Add-SwiftRingDevice -Path "r$region.builder"
            $null = Invoke-SwiftRebalance "r$region.builder" -Seed 7
        }
    }

    It 'joins builders by position and from one pipeline' {
        $ring = Join-SwiftRing r1.builder, r2.builder both.ring.gz
        $ring.Kind, $ring.Replica, $ring.Devices, $ring.Regions | Should -Be 'Ring', 4, 24, 2
        (Get-ChildItem r?.builder | Join-SwiftRing -DestinationPath piped.ring.gz).Replica | Should -Be 4
        Compare-SwiftRing both.ring.gz piped.ring.gz | Should -BeNullOrEmpty
        (Get-SwiftRingPartition both.ring.gz -Partition 0).Region | Should -Be 1, 1, 2, 2
    }

    It 'knows the builders again by -CompositePath' {
        $null = Join-SwiftRing r1.builder, r2.builder both.ring.gz -CompositePath both.composite
        $file = Get-Content both.composite | ConvertFrom-Json
        $file.version, $file.components.Count, $file.serialization_version | Should -Be 1, 2, 1
        foreach ($paths in @('r1.builder', 'r2.builder'), @('r2.builder', 'r1.builder')) {
            Join-SwiftRing $paths both.ring.gz -CompositePath both.composite -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors[0].FullyQualifiedErrorId | Should -Be "RingCompositeInvalid,$class"
        }

        Set-SwiftRing r1.builder -ResetMinPartHours -WarningAction Ignore
        $null = Set-SwiftRingDevice r1.builder -Id 0 -Weight 50
        $null = Invoke-SwiftRebalance r1.builder -Seed 8 -WarningAction Ignore
        (Join-SwiftRing r1.builder, r2.builder both.ring.gz -CompositePath both.composite).Replica | Should -Be 4
        (Get-Content both.composite | ConvertFrom-Json).version | Should -Be 2
        if (Get-Command swift-ring-composer -ErrorAction Ignore) {
            swift-ring-composer both.composite show 2>$null | ConvertFrom-Json | ForEach-Object version | Should -Be 2
        }
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-FolderState
        Join-SwiftRing r1.builder, r2.builder both.ring.gz -WhatIf | Should -BeNullOrEmpty
        Get-FolderState | Should -Be $before
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'a lone builder'; id = 'RingCompositeInvalid'; paths = @('r1.builder'); destination = 'x.ring.gz' }
        @{ what = 'a region of two builders'; id = 'RingCompositeInvalid'; paths = @('r1.builder', 'object.builder'); destination = 'x.ring.gz' }
        @{ what = 'a ring file'; id = 'RingFileNotSupported'; paths = @('r1.builder', 'r2.ring.gz'); destination = 'x.ring.gz' }
        @{ what = 'a destination that is there'; id = 'DestinationExists'; paths = @('r1.builder', 'r2.builder'); destination = 'object.ring.gz' }
    ) {
        $before = Get-FolderState
        Join-SwiftRing $paths $destination -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "$id,$class"
        Get-FolderState | Should -Be $before
    }
}
