BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $root = $env:OPENSTACKSTORAGE_ROOT
    $env:OPENSTACKSTORAGE_ROOT = Join-Path $TestDrive 'default'
    Push-Location TestDrive:/
    $admin = Connect-OpenStackStorage ./lab
}

AfterAll {
    Get-OpenStackStorage | Disconnect-OpenStackStorage
    Pop-Location
    $env:OPENSTACKSTORAGE_ROOT = $root
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Get- and Set-GlanceQuota' {
    It 'sets sizes and counts, and takes them back through the pipeline' {
        Set-GlanceQuota SizeTotal 10GB -Project web
        Set-GlanceQuota -Quota CountTotal, Tags -Limit 5 -Project web
        (Get-GlanceQuota -Project web -Quota SizeTotal, CountTotal, Tags).Limit | Should -Be 10GB, 5, 5
        (Get-GlanceQuota SizeTotal).Limit | Should -Be -1
        $back = Get-GlanceQuota -Project web | Set-GlanceQuota -Reset -PassThru
        ($back | Where-Object Quota -in SizeTotal, CountTotal, Tags).Limit | Should -Be -1, -1, 128
    }

    It 'takes projects from the pipeline' {
        Set-GlanceQuota Members unlimited -Project web
        ('web', 'db' | Get-GlanceQuota Members).Limit | Should -Be -1, 128
        Set-GlanceQuota Members -Default 7
        ('web', 'db' | Get-GlanceQuota Members).Limit | Should -Be -1, 7
        Set-GlanceQuota Members -Default -Reset
    }

    It 'shows what is used and what is left' {
        New-TestDisk ./a.img 1MB
        $null = New-GlanceImage ./a.img
        Set-GlanceQuota SizeTotal 3MB
        $quota = Get-GlanceQuota SizeTotal
        $quota.Used, $quota.Reserved, $quota.Left | Should -Be 1MB, 0, 2MB
        New-TestDisk ./b.img 4MB
        New-GlanceImage ./b.img -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'QuotaExceeded,*'
    }

    It 'changes nothing with -WhatIf' {
        Set-GlanceQuota CountTotal 1 -WhatIf
        (Get-GlanceQuota CountTotal).Limit | Should -Be -1
    }

    It 'refuses who is no admin, also with -WhatIf' {
        $sam = Connect-OpenStackStorage ./lab -User sam -Project web -Role member
        Set-GlanceQuota Tags 1 -WhatIf -Connection $sam -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be 'NotAuthorized,OpenStackStorage.Commands.SetGlanceQuotaCommand'
        Get-GlanceQuota -Project db -Connection $sam -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be 'NotAuthorized,OpenStackStorage.Commands.GetGlanceQuotaCommand'
        $sam | Disconnect-OpenStackStorage
    }

    It 'says what a limit is' {
        { Set-GlanceQuota Tags -2 -Connection $admin } | Should -Throw '*-1 for none*'
    }

    It 'makes no store to look into' {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Get-GlanceQuota | Should -BeNullOrEmpty
        $env:OPENSTACKSTORAGE_ROOT | Should -Not -Exist
        $admin = Connect-OpenStackStorage ./lab
    }

    It 'has a table of 80 columns' {
        Set-GlanceQuota SizeTotal 10GB -Project view
        $lines = Get-GlanceQuota SizeTotal, CountTotal, SizeCap -Project view | Get-View
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 80
        $lines | Should -Contain 'image_size_total            10 GiB         0 B         0 B      10 GiB'
        $lines.TrimEnd() | Should -Contain 'image_count_total        unlimited           0           0'
    }

    It 'makes no store with -WhatIf' {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Set-GlanceQuota CountTotal 1 -WhatIf
        Test-Path $env:OPENSTACKSTORAGE_ROOT | Should -BeFalse
        Get-OpenStackStorage | Should -BeNullOrEmpty
    }
}
