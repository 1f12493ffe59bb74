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

Describe 'Pools, services and zones in the default folder' {
    It 'makes no store: <Call>' -ForEach @(
        @{ Call = { Get-CinderPool } }
        @{ Call = { Get-CinderPool fast -ErrorAction Ignore } }
        @{ Call = { Find-CinderPool 1GB -ErrorAction Ignore } }
        @{ Call = { Get-CinderService } }
        @{ Call = { Get-CinderAvailabilityZone } }
    ) {
        & $Call | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
    }
}

Describe 'Pools, services and zones' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $null = Add-CinderBackend slow ./slow -GoodnessFunction 10
        $null = Add-CinderBackend fast ./fast -GoodnessFunction 90 -FilterFunction 'volume.size < 100'
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab, ./other, ./default, ./fast, ./slow -Recurse -Force -ErrorAction Ignore
    }

    It 'lists pools of all backends, of a name and of an object' {
        (Get-CinderPool).Backend | Should -Be 'slow', 'fast'
        (Get-CinderPool fast).Pool | Should -BeLike '*@fast#fast'
        (Get-CinderBackend f* | Get-CinderPool).Backend | Should -Be 'fast'
        ('fast', 'slow' | Get-CinderPool).Backend | Should -Be 'fast', 'slow'
        { Get-CinderPool nope -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Get-CinderPool BackendNotFound)
        $null = New-CinderVolume web 3GB -Backend slow
        (Get-CinderPool slow).TotalVolumes, (Get-CinderPool slow).AllocatedCapacityGiB | Should -Be 1, 3
        (Get-CinderPool slow).TotalCapacityGiB | Should -BeGreaterThan (Get-CinderPool slow).FreeCapacityGiB
    }

    It 'finds pools in the order in which they would be taken' {
        Find-CinderPool 1GB | Should -HaveCount 2
        (Find-CinderPool 100GB).Backend | Should -Be 'slow'
        (Find-CinderPool 1GB -Backend slow).Backend | Should -Be 'slow'
        $web = New-CinderVolume web 1GB -Backend slow
        (Find-CinderPool 1GB -Hint @{ different_host = $web }).Backend | Should -Be 'fast'
        (Find-CinderPool 1GB -Hint @{ same_host = $web }).Backend | Should -Be 'slow'
        (Get-CinderVolume).Name | Should -Be 'web' -Because 'nothing is made'
        Set-CinderBackend fast -AvailabilityZone rack1
        (Find-CinderPool 1GB -AvailabilityZone rack1).Backend | Should -Be 'fast'
        (Find-CinderPool 1GB).Backend | Should -Be 'slow' -Because 'nova is the zone where none is given'
    }

    It 'is an error where none can be had, and no error to explain that' {
        { Find-CinderPool 100GB -Backend fast -ErrorAction Stop } | Should -Throw '*the filter function volume.size < 100 gives False*' -ErrorId (Get-ErrorId Find-CinderPool NoValidBackend)
        { Find-CinderPool 20 -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Find-CinderPool VolumeSizeInvalid)
        { Find-CinderPool 1GB -Backend nope -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Find-CinderPool BackendNotFound)
        $result = Find-CinderPool 100GB -Backend fast -Explain -ErrorAction Stop | Where-Object Step -EQ 'Result'
        $result.Passes | Should -Not -Contain $true
        $result.Reason | Should -Contain 'DriverFilter: the filter function volume.size < 100 gives False'
    }

    It 'explains in a table that has pool, step, name, passes, numbers and reason' {
        $rows = Find-CinderPool 100GB -Explain
        ($rows | Where-Object Name -EQ 'GoodnessWeigher').Raw | Should -Be 10
        $text = $rows | Out-String -Width 100
        $text | Should -Match 'Pool: .+@slow#slow'
        $text | Should -Match '(?m)^Step +Name +Passes +Number +Weight Reason'
        $text | Should -Match '(?m)^Filter +CapacityFilter +yes +needs 100 GiB'
        $text | Should -Match '(?m)^Filter +DriverFilter +no +the filter function'
        $text | Should -Match '(?m)^Weigher +GoodnessWeigher +10 +\d'
        $text | Should -Match '(?m)^Result +Chosen +yes +\d'
        $text | Should -Match '(?m)^Result +Refused +no +DriverFilter: '
        $text | Should -Not -Match '\.\.\.|\u2026'
    }

    It 'completes what -Explain gives' {
        $line = 'Find-CinderPool 1GB -Explain | Where-Object Ste'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'Step'
    }

    It 'lists services as openstack volume service list does' {
        Disable-CinderBackend slow -Reason 'new disks'
        Set-CinderBackend fast -AvailabilityZone rack1
        Remove-Item -LiteralPath ./fast -Recurse -Force
        $services = Get-CinderService
        $services.Binary | Should -Be 'cinder-scheduler', 'cinder-volume', 'cinder-volume'
        $services.Status | Should -Be 'enabled', 'disabled', 'enabled'
        $services.State | Should -Be 'up', 'up', 'down'
        $services[1].DisabledReason, $services[2].Zone | Should -Be 'new disks', 'rack1'
        $services | Out-String -Width 100 | Should -Match '(?m)^cinder-volume +\S+@slow +nova +disabled up +new disks'
    }

    It 'lists zones, and which of them take volumes' {
        Disable-CinderBackend slow
        Set-CinderBackend fast -AvailabilityZone rack1
        $zones = Get-CinderAvailabilityZone
        $zones.Name | Should -Be 'nova', 'rack1'
        $zones.Available | Should -Be $false, $true
        $zones | Out-String | Should -Match '(?m)^rack1 +yes'
    }

    It 'is for admins, but for zones' {
        $web = Connect-OpenStackStorage ./lab -Project web -Role member
        foreach ($command in 'Get-CinderPool', 'Get-CinderService', 'Get-CinderBackend') {
            { & $command -Connection $web -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId $command NotAuthorized)
        }

        (Get-CinderAvailabilityZone -Connection $web).Name | Should -Be 'nova'
    }
}
