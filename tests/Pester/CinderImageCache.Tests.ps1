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

Describe 'The image cache in the default folder' {
    It 'makes no store: <Call>' -ForEach @(
        @{ Call = { Get-CinderImageCache } }
        @{ Call = { Add-CinderImageCache debian fast -ErrorAction Ignore } }
        @{ Call = { Remove-CinderImageCache debian -ErrorAction Ignore } }
        @{ Call = { Clear-CinderImageCache -Confirm:$false } }
    ) {
        & $Call | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
    }
}

Describe 'The image cache' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $null = Add-CinderBackend slow ./slow
        $null = Add-CinderBackend fast ./fast
        New-TestDisk ./debian.img
        $debian = New-GlanceImage ./debian.img -Name debian-12
        $win = New-GlanceImage ./debian.img -Name win
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab, ./other, ./default, ./fast, ./slow -Recurse -Force -ErrorAction Ignore
    }

    It 'takes images as objects, names and ids' {
        (Add-CinderImageCache debian-12 fast).CachedImageId | Should -Be $debian.ImageId
        (Add-CinderImageCache $win fast, slow).CachedImageId | Should -Be $win.ImageId, $win.ImageId
        (Get-CinderImageCache).Count | Should -Be 3
        (Get-GlanceImage debian-12 | Add-CinderImageCache -Backend slow).Backend | Should -BeLike '*@slow#slow'
        (Get-CinderImageCache debian-12).Count | Should -Be 2
        (Get-CinderImageCache $debian.ImageId -Backend slow).ImageName | Should -Be 'debian-12'
        (Get-GlanceImage | Get-CinderImageCache).Count | Should -Be 4
        (Add-CinderImageCache win fast).CacheId | Should -Be (Get-CinderImageCache win -Backend fast).CacheId
    }

    It 'copies in the background' {
        (Add-CinderImageCache debian-12 fast -AsJob | Wait-Job | Receive-Job).ImageName | Should -Be 'debian-12'
    }

    It 'is what new volumes are clones of' {
        $null = Add-CinderImageCache debian-12 fast
        $null = New-CinderVolume web -Image debian-12 -Backend fast
        (Get-CinderImageCache).Backend | Should -BeLike '*@fast#fast'
        { Remove-CinderImageCache debian-12 -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Remove-CinderImageCache VolumeConflict)
        $null = Add-CinderImageCache win fast
        Clear-CinderImageCache -Confirm:$false -Verbose 4>&1 | Where-Object { "$_" -match 'debian-12 on .+ stays' } | Should -HaveCount 1
        (Get-CinderImageCache).ImageName | Should -Be 'debian-12'
        Merge-CinderVolume web
        Remove-CinderImageCache debian-12
        Get-CinderImageCache | Should -BeNullOrEmpty
    }

    It 'removes by image, by backend and by entry' {
        $null = $debian, $win | Add-CinderImageCache -Backend fast, slow
        Remove-CinderImageCache debian-12 fast
        (Get-CinderImageCache debian-12).Backend | Should -BeLike '*@slow#*'
        $win | Remove-CinderImageCache
        Get-CinderImageCache win | Should -BeNullOrEmpty
        Get-CinderImageCache | Remove-CinderImageCache -WhatIf
        (Get-CinderImageCache).Count | Should -Be 1
        Get-CinderImageCache | Remove-CinderImageCache
        Get-CinderImageCache | Should -BeNullOrEmpty
        { Remove-CinderImageCache win -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Remove-CinderImageCache VolumeNotFound)
    }

    It 'empties one backend, or all' {
        $null = $debian, $win | Add-CinderImageCache -Backend fast, slow
        Clear-CinderImageCache -WhatIf
        (Get-CinderImageCache).Count | Should -Be 4
        Get-CinderBackend fast | Clear-CinderImageCache -Confirm:$false
        (Get-CinderImageCache).Backend | Should -BeLike '*@slow#*'
        Clear-CinderImageCache -Confirm:$false
        Get-CinderImageCache | Should -BeNullOrEmpty
    }

    It 'refuses what would be refused before it asks' {
        { Add-CinderImageCache debian-12 nope -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Add-CinderImageCache BackendNotFound)
        { Add-CinderImageCache nope fast -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Add-CinderImageCache ImageNotFound)
        { Get-CinderImageCache -Backend nope -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Get-CinderImageCache BackendNotFound)
        { Clear-CinderImageCache nope -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Clear-CinderImageCache BackendNotFound)
        Set-CinderBackend fast -ImageCacheMaxSize 1GB
        $null = New-DiskImage ./large.qcow2 -Format Qcow2 -Size 2GB
        $null = New-GlanceImage ./large.qcow2 -Name large
        { Add-CinderImageCache large fast -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Add-CinderImageCache BackendFull)
        Add-CinderImageCache debian-12 fast -WhatIf | Should -BeNullOrEmpty
        Get-CinderImageCache | Should -BeNullOrEmpty
    }

    It 'does not bind its entries as volumes' {
        $entry = Add-CinderImageCache debian-12 fast
        $entry.Id | Should -Be $entry.CacheId
        { $entry | Remove-CinderVolume -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'InputObjectNotBound,*'
    }

    It 'shows what matters in a table' {
        $null = Add-CinderImageCache debian-12 fast
        Get-CinderImageCache | Out-String -Width 80 | Should -Match '(?m)^debian-12 +fast +1 GiB \d{4}-\d\d-\d\d \d\d:\d\d'
    }

    It 'completes names of images' {
        (TabExpansion2 'Add-CinderImageCache de' 23).CompletionMatches.CompletionText | Should -Be 'debian-12'
        (TabExpansion2 'Get-CinderImageCache de' 23).CompletionMatches.CompletionText | Should -Be 'debian-12'
    }
}
