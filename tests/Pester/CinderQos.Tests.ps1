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

Describe 'The cmdlets of QoS specs without a store' {
    It 'make no store: <Call>' -ForEach @(
        @{ Call = { New-CinderQos gold -WhatIf } }
        @{ Call = { Get-CinderQos } }
        @{ Call = { Get-CinderQos gold -ErrorAction Ignore } }
        @{ Call = { Remove-CinderQos gold -ErrorAction Ignore } }
    ) {
        & $Call -ErrorAction Ignore | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
    }
}

Describe 'The cmdlets of QoS specs' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $ConfirmPreference = 'None'
        $gold = New-CinderQos gold -Spec @{ total_iops_sec = 500; total_bytes_sec = 100MB } -Consumer FrontEnd
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab -Recurse -Force -ErrorAction Ignore
    }

    It 'make them of what was told' {
        $gold.Name, $gold.Consumer, $gold.Specs['total_iops_sec'], $gold.Specs['total_bytes_sec'] | Should -Be 'gold', 'front-end', '500', '104857600'
        $gold.VolumeTypes | Should -BeNullOrEmpty
        (New-CinderQos silver).Consumer | Should -Be 'back-end'
        New-CinderQos gold -ErrorAction SilentlyContinue -ErrorVariable errors
        New-CinderQos x -Spec @{ 'a b%' = 1 } -ErrorAction SilentlyContinue -ErrorVariable +errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId New-CinderQos QosConflict), (Get-ErrorId New-CinderQos ParameterInvalid)
    }

    It 'take them by object, name, id and property' {
        $null = New-CinderQos other
        foreach ($set in { Set-CinderQos $gold -Spec @{ b = 1 } }, { Set-CinderQos gold -Spec @{ c = 1 } }, { Set-CinderQos -QosId $gold.Id -Spec @{ d = 1 } }, { 'gold' | Set-CinderQos -Spec @{ e = 1 } },
            { $gold | Set-CinderQos -Spec @{ f = 1 } }, { Set-CinderQos "$($gold.QosId)" -Spec @{ g = 1 } }, { [pscustomobject] @{ Name = 'other'; QosId = $gold.QosId } | Set-CinderQos -Spec @{ h = 1 } }) {
            & $set
        }
        (Get-CinderQos gold).Specs.Keys | Where-Object Length -EQ 1 | Sort-Object | Join-String | Should -Be 'bcdefgh'
        (Get-CinderQos other).Specs.Count | Should -Be 0
    }

    It 'list by name, pattern and id, with the types that have them' {
        $null = New-CinderQos silver
        $null = 'a', 'b' | ForEach-Object { New-CinderVolumeType $_ -Qos gold }
        (Get-CinderQos).Name | Should -Be 'gold', 'silver'
        (Get-CinderQos S*).Name | Should -Be 'silver'
        ($gold | Get-CinderQos).VolumeTypes | Should -Be 'a', 'b'
        (Get-CinderQos $gold.QosId, silver).Name | Should -Be 'gold', 'silver'
        Get-CinderQos nope -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Get-CinderQos QosNotFound)
    }

    It 'change and remove them' {
        (Set-CinderQos gold -Spec @{ total_iops_sec = 600 } -RemoveSpec total_bytes_sec -Consumer Both -PassThru | Select-Object Consumer, { $_.Specs.total_iops_sec }, { $_.Specs.Count }).PSObject.Properties.Value | Should -Be 'both', '600', 1
        $null = New-CinderVolumeType fast -Qos gold
        Remove-CinderQos gold -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Remove-CinderQos QosInUse)
        "$errors" | Should -BeLike '*fast*'
        $gold | Remove-CinderQos -Force | Should -BeNullOrEmpty
        (Get-CinderVolumeType fast).Qos | Should -BeNullOrEmpty
        Get-CinderQos | Should -BeNullOrEmpty
    }

    It 'change nothing with -WhatIf, and say what would be refused: <Call>' -ForEach @(
        @{ Call = { New-CinderQos x -WhatIf }; Id = $null }
        @{ Call = { New-CinderQos gold -WhatIf }; Id = 'QosConflict' }
        @{ Call = { Set-CinderQos gold -Spec @{ a = 1 } -WhatIf }; Id = $null }
        @{ Call = { Set-CinderQos gold -RemoveSpec nope -WhatIf }; Id = 'QosNotFound' }
        @{ Call = { Set-CinderQos gold -WhatIf }; Id = 'ParameterInvalid' }
        @{ Call = { Remove-CinderQos gold -WhatIf }; Id = $null }
        @{ Call = { Remove-CinderQos used -WhatIf }; Id = 'QosInUse' }
        @{ Call = { Remove-CinderQos used -Force -WhatIf }; Id = $null }
    ) {
        $null = New-CinderQos used
        $null = New-CinderVolumeType fast -Qos used
        $before = Get-CinderQos | ConvertTo-Json
        $ErrorActionPreference = 'Continue'
        $errors = @(& $Call 2>&1)
        Get-CinderQos | ConvertTo-Json | Should -Be $before
        if ($Id) {
            $errors.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        }
        else {
            $errors | Should -BeNullOrEmpty
        }
    }

    It 'complete names and consumers' {
        (TabExpansion2 'Remove-CinderQos g').CompletionMatches.CompletionText | Should -Be 'gold'
        (TabExpansion2 'New-CinderQos x -Consumer ').CompletionMatches.CompletionText | Should -Be 'BackEnd', 'Both', 'FrontEnd'
    }

    It 'have a table of 80 columns' {
        $null = New-CinderVolumeType fast -Qos gold
        $lines = Set-CinderQos gold -RemoveSpec total_bytes_sec -PassThru | Get-View
        $lines[0] | Should -BeExactly 'Name             Consumer  Specs                            VolumeTypes'
        $lines[2] | Should -BeExactly 'gold             front-end total_iops_sec=500               fast'
        "$gold", "$($gold.Id)" | Should -Be 'gold', "$($gold.QosId)"
    }
}
