BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.InvokeSwiftRebalanceCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Invoke-SwiftRebalance' {
    BeforeEach {
        New-TestRing
    }

    It 'writes builder, ring and backups' {
        New-TestRing -Empty
        $null = Get-TestInventory | Add-SwiftRingDevice object.builder
        $result = Invoke-SwiftRebalance object.builder 7
        $result | Should -BeOfType OpenStackStorage.Model.SwiftRebalanceResult
        $result.Saved, $result.PartitionsMoved, $result.PercentMoved | Should -Be $true, 192, 300
        $result.RingPath | Should -Be (Get-FullPath object.ring.gz)
        'object.ring.gz' | Should -Exist
        @(Get-SwiftRingHistory object.builder | Where-Object Kind -EQ Ring).Count | Should -Be 1
    }

    It 'gives the same ring for the same seed' {
        Copy-Item object.ring.gz first.ring.gz
        $null = New-SwiftRing object.builder 6 3 1 -Force
        $null = Get-TestInventory | Add-SwiftRingDevice object.builder
        $null = Invoke-SwiftRebalance object.builder -Seed 7
        Compare-SwiftRing first.ring.gz object.ring.gz | Should -BeNullOrEmpty
    }

    It 'saves nothing where nothing moved, but with -Force' {
        $before = Get-FolderState
        $result = Invoke-SwiftRebalance object.builder -WarningVariable warnings -WarningAction SilentlyContinue
        $result.Saved, $result.Version, $result.RingPath | Should -Be $false, 13, $null
        "$warnings" | Should -BeLike '*-Force*'
        Get-FolderState | Should -Be $before
        (Invoke-SwiftRebalance object.builder -Force -WarningAction Ignore).Saved | Should -BeTrue
    }

    It 'leaves the ring out with -NoRing' {
        Remove-Item object.ring.gz
        (Invoke-SwiftRebalance object.builder -Force -NoRing).RingPath | Should -BeNullOrEmpty
        'object.ring.gz' | Should -Not -Exist
    }

    It 'takes many builders from the pipeline' {
        Copy-Item object.builder second.builder
        (Get-ChildItem *.builder | Get-SwiftRing | Invoke-SwiftRebalance -Force -FormatVersion 2).Saved | Should -Be $true, $true
        'second.ring.gz' | Should -Exist
    }

    It 'changes nothing with -WhatIf' {
        $null = Add-SwiftRingDevice object.builder r1z9-10.9.9.9:6200/sda 100
        $before = Get-FolderState
        Invoke-SwiftRebalance object.builder -Force -WhatIf | Should -BeNullOrEmpty
        Get-FolderState | Should -Be $before
    }

    It 'runs as a job' {
        $job = Invoke-SwiftRebalance object.builder -Force -AsJob
        ($job | Receive-Job -Wait).Saved | Should -BeTrue
        $job.State | Should -Be 'Completed'
        $job | Remove-Job
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'a ring file'; id = 'RingFileNotSupported'; path = 'object.ring.gz' }
        @{ what = 'a builder without devices'; id = 'RingEmpty'; path = 'empty.builder' }
        @{ what = 'fewer devices than replicas'; id = 'RingDevicesTooFew'; path = 'small.builder' }
    ) {
        $null = New-SwiftRing empty.builder 4 3 1
        $null = New-SwiftRing small.builder 4 3 1
        $null = Add-SwiftRingDevice small.builder r1z1-10.0.0.1:6200/sda 1
        $before = Get-FolderState
        Invoke-SwiftRebalance $path -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "$id,$class"
        $errors.TargetObject | Should -Be $path
        Get-FolderState | Should -Be $before
    }

    It 'completes the way of adding' {
        (TabExpansion2 'Invoke-SwiftRebalance x -PythonSum ').CompletionMatches.CompletionText | Should -Be 'Compensated', 'Plain'
    }

    It 'has a table of 80 columns' {
        Invoke-SwiftRebalance object.builder -Force | Get-View | Should -BeExactly @(
            'Name                 Saved        Moved  Percent  Balance Dispersion     Version'
            '----                 -----        -----  -------  ------- ----------     -------'
            'object.builder       True             0     0.00     0.00       0.00          14'
        )
    }
}
