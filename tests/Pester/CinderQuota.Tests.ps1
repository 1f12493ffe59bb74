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

Describe 'Volume quotas in the default folder' {
    It 'makes no store: <Call>' -ForEach @(
        @{ Call = { Get-CinderQuota } }
        @{ Call = { Repair-CinderQuota -Confirm:$false } }
        @{ Call = { Set-CinderQuota volumes 5 -WhatIf } }
    ) {
        & $Call | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
    }
}

Describe 'Volume quotas' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $null = New-CinderVolume web 3GB
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab, ./other, ./default, ./fast, ./slow -Recurse -Force -ErrorAction Ignore
    }

    It 'shows all, some, and those of other projects' {
        (Get-CinderQuota).Resource | Should -Be 'volumes', 'snapshots', 'gigabytes', 'per_volume_gigabytes'
        $gigabytes = Get-CinderQuota giga*
        $gigabytes.Limit, $gigabytes.InUse, $gigabytes.Reserved, $gigabytes.Left | Should -Be 1000, 3, 0, 997
        (Get-CinderQuota per_volume_gigabytes).Left | Should -BeNullOrEmpty
        ('db', 'ops' | Get-CinderQuota volumes).Project | Should -Be 'db', 'ops'
        (Get-CinderVolume | Get-CinderQuota volumes).Project | Should -Be 'default'
        (Get-CinderQuota volumes -Project db).InUse | Should -Be 0
    }

    It 'sets one, several, for all, and takes back' {
        (Set-CinderQuota volumes 1 -PassThru).Left | Should -Be 0
        { New-CinderVolume db 1GB -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId New-CinderVolume QuotaExceeded)
        (Set-CinderQuota volumes, snapshots unlimited -PassThru).Limit | Should -Be -1, -1
        (Set-CinderQuota gigabytes 500GB -PassThru).Limit | Should -Be 500
        (Set-CinderQuota gigabytes '2 TiB' -PassThru).Limit | Should -Be 2048
        Set-CinderQuota volumes 4 -Default
        (Get-CinderQuota volumes -Project db).Limit | Should -Be 4
        Get-CinderQuota | Set-CinderQuota -Reset
        (Get-CinderQuota).Limit | Should -Be 4, 10, 1000, -1
    }

    It 'changes nothing with -WhatIf, and refuses what would be refused' {
        Set-CinderQuota volumes 1 -WhatIf | Should -BeNullOrEmpty
        (Get-CinderQuota volumes).Limit | Should -Be 10
        $failed = @()
        Set-CinderQuota volume, gigabytes, snapshots 2.5GB -WhatIf -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed.FullyQualifiedErrorId | Should -Be (Get-ErrorId Set-CinderQuota ParameterInvalid), (Get-ErrorId Set-CinderQuota VolumeSizeInvalid), (Get-ErrorId Set-CinderQuota ParameterInvalid)
        { Set-CinderQuota volumes none } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
        { Set-CinderQuota volumes 1 -Default -Project db -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Set-CinderQuota ParameterInvalid)
    }

    It 'lets everybody see his own, and only admins set and repair' {
        $db = Connect-OpenStackStorage ./lab -Project db -Role member
        (Get-CinderQuota volumes -Connection $db).Project | Should -Be 'db'
        { Get-CinderQuota -Project default -Connection $db -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Get-CinderQuota NotAuthorized)
        { Set-CinderQuota volumes 5 -Connection $db -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Set-CinderQuota NotAuthorized)
        { Repair-CinderQuota -Connection $db -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Repair-CinderQuota NotAuthorized)
    }

    It 'repairs, and says nothing where all is in order' {
        Repair-CinderQuota | Should -BeNullOrEmpty
        Get-CinderQuota volumes | Repair-CinderQuota -WhatIf | Should -BeNullOrEmpty
        'db' | Repair-CinderQuota -Verbose 4>&1 | Where-Object { "$_" -match 'in order' } | Should -Be "The quotas of project 'db' are in order."
    }

    It 'shows units in a table' {
        $text = Get-CinderQuota | Out-String
        $text | Should -Match 'Project: default'
        $text | Should -Match '(?m)^volumes +10 +1 +0 +9\s*$'
        $text | Should -Match '(?m)^gigabytes +1000 GiB +3 GiB +0 GiB +997 GiB\s*$'
        $text | Should -Match '(?m)^per_volume_gigabytes +unlimited'
    }
}
