BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $root = $env:OPENSTACKSTORAGE_ROOT
    $env:OPENSTACKSTORAGE_ROOT = Join-Path $TestDrive 'default'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    $env:OPENSTACKSTORAGE_ROOT = $root
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Backends in the default folder' {
    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./default, ./fast -Recurse -Force -ErrorAction Ignore
    }

    It 'makes no store but for a new backend: <Call>' -ForEach @(
        @{ Call = { Add-CinderBackend fast ./fast -WhatIf } }
        @{ Call = { Get-CinderBackend } }
        @{ Call = { Get-CinderBackend fast -ErrorAction Ignore } }
        @{ Call = { Set-CinderBackend fast -Tier x -ErrorAction Ignore } }
        @{ Call = { Disable-CinderBackend fast -ErrorAction Ignore } }
        @{ Call = { Remove-CinderBackend fast -Confirm:$false -ErrorAction Ignore } }
        @{ Call = { Test-CinderBackend fast -ErrorAction Ignore } }
    ) {
        & $Call | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
        './fast' | Should -Not -Exist
    }

    It 'makes it with the first backend, which is the only one' {
        (Add-CinderBackend fast ./fast).Status | Should -Be 'Up'
        (New-CinderVolume web 1GB).Backend | Should -BeLike '*@fast#fast'
        (Get-CinderBackend).Name | Should -Be 'fast'
    }
}

Describe 'Backends' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $null = Add-CinderBackend slow ./slow
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab, ./other, ./default, ./fast, ./slow -Recurse -Force -ErrorAction Ignore
    }

    It 'sets one up with all that its parameters say' {
        $given = @{
            Tier = 'ssd'; Format = 'Raw'; Provisioning = 'thick'; VolumeBackendName = 'gold'; AvailabilityZone = 'rack1'; ReservedPercentage = 7
            MaxOverSubscriptionRatio = 2.5; FilterFunction = 'volume.size < 100'; GoodnessFunction = '50'; Wipe = 'Zero'; WipeSize = 16MB
            ImageCacheMaxSize = 20GB; ImageCacheMaxCount = 4
        }
        $fast = Add-CinderBackend fast ./fast @given -NoImageCache -Capability @{ color = 'red' }
        $fast.Path | Should -Be (Join-Path $TestDrive 'fast')
        $fast.Options.tier, $fast.Options.format, $fast.Options.provisioning | Should -Be 'ssd', 'raw', 'thick'
        $fast.Capabilities.color, $fast.ImageCacheEnabled | Should -Be 'red', $false
        foreach ($name in $given.Keys | Where-Object { $_ -notin 'Tier', 'Format', 'Provisioning' }) {
            $fast.$name | Should -Be $given[$name] -Because $name
        }
    }

    It 'says what it would set up, and refuses what it would refuse' {
        Add-CinderBackend fast ./fast -WhatIf | Should -BeNullOrEmpty
        './fast' | Should -Not -Exist
        Add-CinderBackend slow ./fast -WhatIf -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed.FullyQualifiedErrorId | Should -Be (Get-ErrorId Add-CinderBackend BackendConflict)
        foreach ($call in { Add-CinderBackend fast ./fast -FilterFunction 'volume.size <' -ErrorAction Stop }, { Set-CinderBackend slow -GoodnessFunction '(1' -WhatIf -ErrorAction Stop }) {
            $call | Should -Throw -ErrorId 'SchedulerExpressionInvalid,*'
        }

        { Add-CinderBackend fast ./fast -Format Vmdk } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Add-CinderBackend fast ./no/such -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Add-CinderBackend BackendUnavailable)
        { Add-CinderBackend fast ./slow -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Add-CinderBackend BackendConflict)
        (Get-CinderBackend).Name | Should -Be 'slow'
    }

    It 'lists by name, pattern and pipeline, and says what is not there' {
        $null = Add-CinderBackend fast ./fast
        (Get-CinderBackend).Name | Should -Be 'slow', 'fast'
        (Get-CinderBackend f*).Name | Should -Be 'fast'
        ('fast', 'slow' | Get-CinderBackend).Name | Should -Be 'fast', 'slow'
        (Get-CinderBackend FAST, none*).Name | Should -Be 'fast'
        $found = Get-CinderBackend nope, slow -ErrorVariable failed -ErrorAction SilentlyContinue
        $found.Name, $failed.FullyQualifiedErrorId | Should -Be 'slow', (Get-ErrorId Get-CinderBackend BackendNotFound)
        { Get-Item . | Get-CinderBackend -ErrorAction Stop } | Should -Throw -ErrorId 'InputObjectNotBound,*'
    }

    It 'takes objects and names, each with its own errors: <Command>' -ForEach @(
        @{ Command = 'Enable-CinderBackend' }
        @{ Command = 'Disable-CinderBackend' }
        @{ Command = 'Set-CinderBackend'; More = @{ Tier = 'x' } }
    ) {
        $More ??= @{}
        $slow = Get-CinderBackend slow
        (& $Command slow @More -PassThru).Name | Should -Be 'slow'
        (& $Command $slow @More -PassThru).Name | Should -Be 'slow'
        ($slow | & $Command @More -PassThru).Name | Should -Be 'slow'
        ('nope', 'slow' | & $Command @More -PassThru -ErrorVariable failed -ErrorAction SilentlyContinue).Name | Should -Be 'slow'
        $failed.FullyQualifiedErrorId | Should -Be (Get-ErrorId $Command BackendNotFound)
        & $Command slow @More | Should -BeNullOrEmpty
    }

    It 'uses the connection that an object came from' {
        $slow = Get-CinderBackend slow
        $null = Connect-OpenStackStorage ./other
        ($slow | Disable-CinderBackend -PassThru).Status | Should -Be 'Disabled'
        $slow | Test-CinderBackend | Should -BeTrue
        { Disable-CinderBackend slow -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Disable-CinderBackend BackendNotFound)
    }

    It 'is disabled with a reason, and takes nothing until it is enabled' {
        $disabled = Disable-CinderBackend slow -Reason 'new disks' -PassThru
        $disabled.Status, $disabled.Reason, $disabled.Enabled | Should -Be 'Disabled', 'new disks', $false
        { New-CinderVolume web 1GB -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId New-CinderVolume NoValidBackend)
        Enable-CinderBackend slow -WhatIf
        (Get-CinderBackend slow).Enabled | Should -BeFalse
        (Enable-CinderBackend slow -PassThru).Reason | Should -BeNullOrEmpty
        (New-CinderVolume web 1GB).Backend | Should -BeLike '*@slow#*'
    }

    It 'changes what is given and nothing else' {
        $null = Set-CinderBackend slow -FilterFunction '1 < 2' -Tier ssd -ReservedPercentage 5
        Set-CinderBackend slow -ReservedPercentage 50 -WhatIf
        $now = Set-CinderBackend slow -Format Vhdx -NoImageCache -PassThru
        $now.FilterFunction, $now.ReservedPercentage, $now.Options.tier, $now.Options.format, $now.ImageCacheEnabled | Should -Be '1 < 2', 5, 'ssd', 'vhdx', $false
        $now = Set-CinderBackend slow -FilterFunction '' -Tier '' -MaxOverSubscriptionRatio 0 -NoImageCache:$false -PassThru
        $now.FilterFunction, $now.Options['tier'], $now.MaxOverSubscriptionRatio, $now.ImageCacheEnabled | Should -Be $null, $null, $null, $true
        { Set-CinderBackend slow -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Set-CinderBackend ParameterInvalid)
        { Set-CinderBackend slow -Option @{ colour = 'red' } -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Set-CinderBackend ParameterInvalid)
        { Set-CinderBackend slow -Option @{ path = '/elsewhere' } -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Set-CinderBackend ParameterInvalid)
    }

    It 'says in words what changes' {
        $text = & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command "
            Import-Module '$PSScriptRoot/../../OpenStackStorage.psd1'
            `$null = Connect-OpenStackStorage '$TestDrive/lab'
            Set-CinderBackend slow -ReservedPercentage 5 -Tier ssd -WipeSize 16MB -Capability @{ color = 'red' } -WhatIf"
        $text | Should -Be "What if: Performing the operation `"Set Tier 'ssd', ReservedPercentage 5, Capability { color = 'red' }, WipeSize 16 MiB`" on target `"slow`"."
    }

    It 'is taken away when it is empty' {
        $null = New-CinderVolume web 1GB
        { Remove-CinderBackend slow -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Remove-CinderBackend BackendInUse)
        Remove-CinderVolume web -Confirm:$false
        Get-CinderBackend slow | Remove-CinderBackend -WhatIf
        (Get-CinderBackend).Name | Should -Be 'slow'
        Set-Content -Path ./slow/notes.txt -Value x
        Get-CinderBackend slow | Remove-CinderBackend -Confirm:$false -WarningVariable left -WarningAction SilentlyContinue
        "$left" | Should -BeLike "*notes.txt*"
        Get-CinderBackend | Should -BeNullOrEmpty
        { New-CinderVolume web 1GB -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId New-CinderVolume NoValidBackend) -Because 'the first backend of a store is made once'
    }

    It 'finds faults, and tests for them' {
        $volume = New-CinderVolume web 1GB
        Test-CinderBackend slow | Should -BeTrue
        Get-CinderBackend | Get-CinderBackendCheck | Should -BeNullOrEmpty
        Remove-Item -LiteralPath "./slow/volume-$($volume.VolumeId)"
        $found = 'slow' | Get-CinderBackendCheck -Deep
        $found.Backend, $found.VolumeId, $found.Check, $found.CanRepair | Should -Be 'slow', $volume.VolumeId, 'LayerMissing', $false
        Get-CinderBackend | Test-CinderBackend | Should -BeFalse
        Remove-Item -LiteralPath ./slow -Recurse -Force
        (Get-CinderBackendCheck slow).Check | Should -Be 'BackendDown'
        (Get-CinderBackend slow).Status | Should -Be 'Down'
    }

    It 'has findings that bind to Repair-CinderVolume' {
        $volume = New-CinderVolume web 1GB
        Set-Content -Path "./slow/volume-$($volume.VolumeId).partial-1" -Value x
        $found = Get-CinderBackendCheck slow
        $found | Where-Object CanRepair | Repair-CinderVolume -Confirm:$false | Should -Not -BeNullOrEmpty
        Test-CinderBackend slow | Should -BeTrue
    }

    It 'shows what matters in a table of 80 columns' {
        $null = Disable-CinderBackend slow -Reason 'new disks'
        $lines = (Get-CinderBackend | Out-String -Width 80) -split '\r?\n'
        $lines | Where-Object { $_ -match '^Name +Status +Zone +Volumes +Free +Path or reason' } | Should -HaveCount 1
        $lines | Where-Object { $_ -match '^slow +Disabled nova +0 +[\d.]+ [GTM]iB new disks' } | Should -HaveCount 1
    }

    It 'completes names of backends: <Line>' -ForEach @(
        @{ Line = 'Get-CinderBackend sl' }
        @{ Line = 'Set-CinderBackend SL' }
        @{ Line = 'Get-CinderPool sl' }
        @{ Line = 'Find-CinderPool 1GB -Backend sl' }
        @{ Line = 'Add-CinderImageCache x -Backend sl' }
        @{ Line = 'Clear-CinderImageCache sl' }
    ) {
        (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText | Should -Be 'slow'
    }
}
