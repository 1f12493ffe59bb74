BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $root = $env:OPENSTACKSTORAGE_ROOT
    $env:OPENSTACKSTORAGE_ROOT = Join-Path $TestDrive 'default'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    $env:OPENSTACKSTORAGE_ROOT = $root
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'The cmdlets of volume types without a store' {
    It 'make no store: <Call>' -ForEach @(
        @{ Call = { New-CinderVolumeType fast -WhatIf } }
        @{ Call = { Get-CinderVolumeType } }
        @{ Call = { Get-CinderVolumeType -Default } }
        @{ Call = { Get-CinderVolumeType fast -ErrorAction Ignore } }
        @{ Call = { Remove-CinderVolumeType fast -ErrorAction Ignore } }
    ) {
        & $Call -ErrorAction Ignore | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
    }
}

Describe 'The cmdlets of volume types' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $ConfirmPreference = 'None'
        $gold = New-CinderQos gold -Spec @{ total_iops_sec = 500 }
        $fast = New-CinderVolumeType fast -Description d -ExtraSpec @{ volume_backend_name = 'default' } -Qos gold
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab -Recurse -Force -ErrorAction Ignore
    }

    It 'make types of what was told' {
        $fast.Name, $fast.Description, $fast.Public, $fast.ExtraSpecs['volume_backend_name'], $fast.Qos | Should -Be 'fast', 'd', $true, 'default', $gold.QosId
        (New-CinderVolumeType a -Qos $gold).Qos | Should -Be $gold.QosId
        (New-CinderVolumeType b -Qos $gold.QosId).Qos | Should -Be $gold.QosId
        $private = New-CinderVolumeType c -Private -Project db, ops
        $private.Public | Should -BeFalse
        $private.Projects | Should -Be 'db', 'ops'
        New-CinderVolumeType fast -ErrorAction SilentlyContinue -ErrorVariable errors
        New-CinderVolumeType d -Project db -ErrorAction SilentlyContinue -ErrorVariable +errors
        $errors.FullyQualifiedErrorId | Should -Be (@(Get-ErrorId New-CinderVolumeType VolumeTypeConflict) * 2)
        { New-CinderVolumeType e -Qos $fast } | Should -Throw -ErrorId (Get-ErrorId New-CinderVolumeType ParameterArgumentTransformationError)
    }

    It 'take types by object, name, id and property' {
        $null = New-CinderVolumeType other
        foreach ($set in { Set-CinderVolumeType $fast -ExtraSpec @{ b = 1 } }, { Set-CinderVolumeType fast -ExtraSpec @{ c = 1 } }, { Set-CinderVolumeType -VolumeTypeId $fast.Id -ExtraSpec @{ d = 1 } },
            { 'fast' | Set-CinderVolumeType -ExtraSpec @{ e = 1 } }, { $fast | Set-CinderVolumeType -ExtraSpec @{ f = 1 } }, { Set-CinderVolumeType "$($fast.VolumeTypeId)" -ExtraSpec @{ g = 1 } },
            { [pscustomobject] @{ Name = 'other'; VolumeTypeId = $fast.VolumeTypeId } | Set-CinderVolumeType -ExtraSpec @{ h = 1 } }) {
            & $set
        }
        (Get-CinderVolumeType fast).ExtraSpecs.Keys | Where-Object Length -EQ 1 | Sort-Object | Join-String | Should -Be 'bcdefgh'
        (Get-CinderVolumeType other).ExtraSpecs.Count | Should -Be 0
    }

    It 'list by name, pattern, id and default' {
        $null = New-CinderVolumeType slow
        (Get-CinderVolumeType).Name | Should -Be 'fast', 'slow'
        (Get-CinderVolumeType S*).Name | Should -Be 'slow'
        (Get-CinderVolumeType $fast.VolumeTypeId).Name | Should -Be 'fast'
        ($fast | Get-CinderVolumeType).Name | Should -Be 'fast'
        Get-CinderVolumeType nope, slow -ErrorAction SilentlyContinue -ErrorVariable errors | ForEach-Object Name | Should -Be 'slow'
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Get-CinderVolumeType VolumeTypeNotFound)
        Get-CinderVolumeType -Default | Should -BeNullOrEmpty
        Set-CinderVolumeType slow -Default
        (Get-CinderVolumeType -Default).Name | Should -Be 'slow'
        (New-CinderVolume web 1GB).VolumeType | Should -Be 'slow'
        Set-CinderVolumeType slow -Default:$false
        Get-CinderVolumeType -Default | Should -BeNullOrEmpty
    }

    It 'give types to volumes as objects, names and ids' {
        (New-CinderVolume a 1GB -VolumeType $fast).VolumeType | Should -Be 'fast'
        (New-CinderVolume b 1GB -VolumeType $fast.VolumeTypeId).VolumeType | Should -Be 'fast'
        (Convert-CinderVolume (New-CinderVolume c 1GB) $fast).VolumeType | Should -Be 'fast'
        (Get-CinderVolume -VolumeType $fast).Name | Sort-Object | Should -Be 'a', 'b', 'c'
        { New-CinderVolume d 1GB -VolumeType $gold } | Should -Throw -ErrorId (Get-ErrorId New-CinderVolume ParameterArgumentTransformationError)
    }

    It 'hide private types from other projects' {
        Set-CinderVolumeType fast -Private -AddProject db -Default -DefaultProject db
        foreach ($project in 'db', 'ops') {
            $null = Connect-OpenStackStorage ./lab -Project $project -Role member
            @(Get-CinderVolumeType).Count | Should -Be ($project -eq 'db')
            @(Get-CinderVolumeType -Default).Count | Should -Be ($project -eq 'db')
        }
        New-CinderVolumeType x -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId New-CinderVolumeType NotAuthorized)
    }

    It 'change types' {
        $null = New-CinderQos silver
        $null = New-CinderVolume web 1GB -VolumeType fast
        (Set-CinderVolumeType fast -NewName quick -Description e -NoQos -Qos silver -PassThru | Select-Object Name, Description).PSObject.Properties.Value | Should -Be 'quick', 'e'
        (Get-CinderVolume web).VolumeType | Should -Be 'quick'
        (Get-CinderQos silver).VolumeTypes | Should -Be 'quick'
        Set-CinderVolumeType quick -ExtraSpec @{ a = 1 } -ErrorAction SilentlyContinue -ErrorVariable errors
        Remove-CinderVolumeType quick -ErrorAction SilentlyContinue -ErrorVariable +errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Set-CinderVolumeType VolumeTypeInUse), (Get-ErrorId Remove-CinderVolumeType VolumeTypeInUse)
        Remove-CinderVolume web
        (Set-CinderVolumeType quick -RemoveExtraSpec volume_backend_name -NoQos -PassThru).ExtraSpecs.Count | Should -Be 0
        'quick' | Remove-CinderVolumeType | Should -BeNullOrEmpty
        Get-CinderVolumeType | Should -BeNullOrEmpty
    }

    It 'change nothing with -WhatIf, and say what would be refused: <Call>' -ForEach @(
        @{ Call = { New-CinderVolumeType x -WhatIf }; Id = $null }
        @{ Call = { New-CinderVolumeType fast -WhatIf }; Id = 'VolumeTypeConflict' }
        @{ Call = { New-CinderVolumeType x -Qos nope -WhatIf }; Id = 'QosNotFound' }
        @{ Call = { Set-CinderVolumeType fast -NewName x -ExtraSpec @{ a = 1 } -Private -AddProject db -NoQos -Default -DefaultProject db -WhatIf }; Id = $null }
        @{ Call = { Set-CinderVolumeType fast -WhatIf }; Id = 'ParameterInvalid' }
        @{ Call = { Set-CinderVolumeType fast -DefaultProject db -WhatIf }; Id = 'ParameterInvalid' }
        @{ Call = { Set-CinderVolumeType fast -AddProject db -WhatIf }; Id = 'VolumeTypeConflict' }
        @{ Call = { Set-CinderVolumeType fast -Default:$false -WhatIf }; Id = $null }
        @{ Call = { Set-CinderVolumeType nope -Default -WhatIf }; Id = 'VolumeTypeNotFound' }
        @{ Call = { Remove-CinderVolumeType fast -WhatIf }; Id = $null }
        @{ Call = { Set-CinderVolumeType fast -Default; Remove-CinderVolumeType fast -WhatIf }; Id = 'VolumeTypeInUse' }
    ) {
        $before = (Get-CinderVolumeType | Select-Object -ExcludeProperty UpdatedAt | ConvertTo-Json)
        $ErrorActionPreference = 'Continue'
        $errors = @(& $Call 2>&1)
        Get-CinderVolumeType | Select-Object -ExcludeProperty UpdatedAt | ConvertTo-Json | Should -Be $before
        if ($Id) {
            $errors.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        }
        else {
            $errors | Should -BeNullOrEmpty
        }
    }

    It 'complete names' {
        (TabExpansion2 'Set-CinderVolumeType f').CompletionMatches.CompletionText | Should -Be 'fast'
        (TabExpansion2 'New-CinderVolumeType x -Qos g').CompletionMatches.CompletionText | Should -Be 'gold'
        (TabExpansion2 'New-CinderVolume x 1GB -VolumeType f').CompletionMatches.CompletionText | Should -Be 'fast'
    }

    It 'have a table of 80 columns' {
        $lines = Set-CinderVolumeType fast -ExtraSpec @{ a = 1 } -PassThru | Get-View
        $lines[0] | Should -BeExactly 'Name                 Access  ExtraSpecs                   Description'
        $lines[2] | Should -BeExactly "fast                 public  a=1, volume_backend_name=de$([char]0x2026) d"
        "$fast", "$($fast.Id)" | Should -Be 'fast', "$($fast.VolumeTypeId)"
    }
}
