BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.NewSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'New-SwiftRing' {
    BeforeEach {
        New-TestRing
    }

    It 'makes a builder by position and by name, and a backup' {
        $ring = New-SwiftRing new.builder 10 2.5 24
        $ring | Should -BeOfType OpenStackStorage.Model.SwiftRing
        $ring.Path | Should -Be (Get-FullPath new.builder)
        $ring.PartPower, $ring.Replica, $ring.MinPartHours, $ring.Devices | Should -Be 10, 2.5, 24, 0
        (New-SwiftRing -BuilderPath other.builder -PartPower 4 -Replicas 3 -MinPartHours 1).PartPower | Should -Be 4
        @(Get-SwiftRingHistory new.builder).Count | Should -Be 1
    }

    It 'takes a path on a drive, with brackets, and follows Set-Location' {
        (New-SwiftRing 'TestDrive:/[a] b.builder' 4 1 1).Path | Should -Be (Get-FullPath '[a] b.builder')
        $null = New-Item -ItemType Directory below -Force
        Push-Location below
        try { (New-SwiftRing here.builder 4 1 1 -Force).Path | Should -Be (Get-FullPath here.builder) } finally { Pop-Location }
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-FolderState
        New-SwiftRing new.builder 4 1 1 -WhatIf | Should -BeNullOrEmpty
        New-SwiftRing object.builder 4 1 1 -Force -WhatIf | Should -BeNullOrEmpty
        Get-FolderState | Should -Be $before
    }

    It 'replaces a builder with -Force only' {
        New-SwiftRing ./object.builder 4 1 1 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "DestinationExists,$class"
        $errors.TargetObject | Should -Be './object.builder'
        $errors.ErrorDetails.RecommendedAction | Should -BeLike '*-Force*'
        (Get-SwiftRing object.builder).PartPower | Should -Be 6
        (New-SwiftRing object.builder 4 1 1 -Force).PartPower | Should -Be 4
    }

    It 'refuses a part power of 33' {
        New-SwiftRing big.builder 33 3 1 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingParameterInvalid,$class"
        'big.builder' | Should -Not -Exist
    }

    It 'takes nothing from the pipeline' {
        { [pscustomobject] @{ Path = 'x'; PartPower = 4 } | New-SwiftRing x 4 1 1 -ErrorAction Stop } | Should -Throw -ErrorId "InputObjectNotBound,$class"
    }
}
