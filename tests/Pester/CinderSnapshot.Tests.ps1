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

Describe 'The cmdlets of snapshots without a store' {
    It 'make no store: <Call>' -ForEach @(
        @{ Call = { Get-CinderSnapshot } }
        @{ Call = { Get-CinderSnapshot -Volume web -ErrorAction Ignore } }
        @{ Call = { New-CinderSnapshot web before -ErrorAction Ignore } }
        @{ Call = { Remove-CinderSnapshot before -ErrorAction Ignore } }
    ) {
        & $Call -ErrorAction Ignore | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
    }
}

Describe 'The cmdlets of snapshots' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $ConfirmPreference = 'None'
        $web = New-CinderVolume web 1GB
        $db = New-CinderVolume db 2GB
        $snapshot = New-CinderSnapshot web before -Description d -Metadata @{ a = 1 }
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab -Recurse -Force -ErrorAction Ignore
    }

    It 'take snapshots of volumes by object, name, id and pipeline' {
        $made = @(New-CinderSnapshot web; New-CinderSnapshot "$($web.VolumeId)"; New-CinderSnapshot $web.VolumeId; New-CinderSnapshot $web; 'web' | New-CinderSnapshot; $web | New-CinderSnapshot -Name x)
        $made.SourceVolumeId | Should -Be (@($web.VolumeId) * 6)
        ($web, $db | New-CinderSnapshot -Name nightly).VolumeName | Should -Be 'web', 'db'
        $snapshot.Name, $snapshot.Description, $snapshot.Metadata['a'], $snapshot.Status, $snapshot.Size | Should -Be 'before', 'd', '1', 'available', 1GB
    }

    It 'take snapshots by object, name, id and property' {
        $null = New-CinderSnapshot db other
        foreach ($set in { Set-CinderSnapshot $snapshot -Metadata @{ b = 1 } }, { Set-CinderSnapshot before -Metadata @{ c = 1 } }, { Set-CinderSnapshot -SnapshotId $snapshot.Id -Metadata @{ d = 1 } },
            { 'before' | Set-CinderSnapshot -Metadata @{ e = 1 } }, { $snapshot | Set-CinderSnapshot -Metadata @{ f = 1 } }, { Set-CinderSnapshot "$($snapshot.SnapshotId)" -Metadata @{ g = 1 } },
            { [pscustomobject] @{ Name = 'other'; SnapshotId = $snapshot.SnapshotId } | Set-CinderSnapshot -Metadata @{ h = 1 } }) {
            & $set
        }
        (Get-CinderSnapshot before).Metadata.Keys | Sort-Object | Join-String | Should -Be 'abcdefgh'
        (Get-CinderSnapshot other).Metadata.Count | Should -Be 0
    }

    It 'do not take other things for snapshots: <Call>' -ForEach @(
        @{ Call = { $web | Set-CinderSnapshot -NewName x -ErrorAction Stop } }
        @{ Call = { $web | Remove-CinderSnapshot -ErrorAction Stop } }
        @{ Call = { Get-Item . | Get-CinderSnapshot -ErrorAction Stop } }
        @{ Call = { $snapshot | Remove-CinderVolume -ErrorAction Stop } }
    ) {
        $Call | Should -Throw -ErrorId 'InputObjectNotBound,*'
    }

    It 'list by name, pattern, id, volume and filter' {
        $null = New-CinderSnapshot db other
        (Get-CinderSnapshot).Name | Should -Be 'before', 'other'
        (Get-CinderSnapshot BEF*).Name | Should -Be 'before'
        ('before', 'other' | Get-CinderSnapshot).Name | Should -Be 'before', 'other'
        ($snapshot | Get-CinderSnapshot).Name | Should -Be 'before'
        (Get-CinderSnapshot $snapshot.SnapshotId).Name | Should -Be 'before'
        (Get-CinderSnapshot -SnapshotId $snapshot.SnapshotId).Name | Should -Be 'before'
        ($db, $web | Get-CinderSnapshot).Name | Should -Be 'other', 'before'
        (Get-CinderSnapshot -Volume db).Name | Should -Be 'other'
        Get-CinderSnapshot -Volume db before* | Should -BeNullOrEmpty
        (Get-CinderSnapshot -Metadata @{ a = 1 } -Status Available -All).Name | Should -Be 'before'
        Get-CinderSnapshot -Status Error | Should -BeNullOrEmpty
        Get-CinderSnapshot -Project other | Should -BeNullOrEmpty
        Get-CinderSnapshot nope, before -ErrorAction SilentlyContinue -ErrorVariable errors | ForEach-Object Name | Should -Be 'before'
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Get-CinderSnapshot SnapshotNotFound)
        Get-CinderSnapshot -Volume nope -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Get-CinderSnapshot VolumeNotFound)
    }

    It 'show admins the snapshots of a volume of another project' {
        $null = Connect-OpenStackStorage ./lab -Project other -Role admin
        Get-CinderSnapshot | Should -BeNullOrEmpty
        (Get-CinderSnapshot -All).Name | Should -Be 'before'
        (Get-CinderSnapshot -Volume $web.VolumeId).Name | Should -Be 'before'
        (Get-CinderSnapshot $snapshot.SnapshotId).Name | Should -Be 'before'
    }

    It 'change nothing with -WhatIf, and say what would be refused: <Call>' -ForEach @(
        @{ Call = { New-CinderSnapshot web x -WhatIf }; Id = $null }
        @{ Call = { New-CinderSnapshot nope x -WhatIf }; Id = 'VolumeNotFound' }
        @{ Call = { $null = New-CinderAttachment db -Connector @{ host = 'n' } | Complete-CinderAttachment; New-CinderSnapshot db x -WhatIf }; Id = 'VolumeConflict' }
        @{ Call = { Set-CinderSnapshot before -NewName x -RemoveMetadata a -WhatIf }; Id = $null }
        @{ Call = { Set-CinderSnapshot before -RemoveMetadata nope -WhatIf }; Id = 'SnapshotConflict' }
        @{ Call = { Set-CinderSnapshot before -WhatIf }; Id = 'ParameterInvalid' }
        @{ Call = { Remove-CinderSnapshot before -WhatIf }; Id = $null }
        @{ Call = { Remove-CinderSnapshot nope -WhatIf }; Id = 'SnapshotNotFound' }
    ) {
        $before = Get-CinderSnapshot | ConvertTo-Json
        $ErrorActionPreference = 'Continue'
        $errors = @(& $Call 2>&1)
        Get-CinderSnapshot | ConvertTo-Json | Should -Be $before
        if ($Id) {
            $errors.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        }
        else {
            $errors | Should -BeNullOrEmpty
        }
    }

    It 'refuse a name of several snapshots, with the ids' {
        $ids = $snapshot.SnapshotId, (New-CinderSnapshot db before).SnapshotId
        Remove-CinderSnapshot before -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Remove-CinderSnapshot SnapshotNameAmbiguous)
        $ids | ForEach-Object { "$errors" | Should -BeLike "*$_*" }
    }

    It 'rename and remove, also in jobs' {
        (Set-CinderSnapshot before -NewName after -Description e -RemoveMetadata a -PassThru | Select-Object Name, Description).PSObject.Properties.Value | Should -Be 'after', 'e'
        (Get-CinderSnapshot after).Metadata.Count | Should -Be 0
        $null = New-CinderSnapshot web second
        Remove-CinderSnapshot after -AsJob | Receive-Job -Wait -AutoRemoveJob | Should -BeNullOrEmpty
        (Get-CinderSnapshot).Name | Should -Be 'second'
        $web | Get-CinderSnapshot | Remove-CinderSnapshot
        Get-CinderSnapshot | Should -BeNullOrEmpty
        Test-CinderVolume web -Deep | Should -BeTrue
    }

    It 'complete names' {
        $null = New-CinderSnapshot db 'my snapshot'
        (TabExpansion2 'Remove-CinderSnapshot m').CompletionMatches.CompletionText | Should -Be "'my snapshot'"
        (TabExpansion2 'New-CinderSnapshot w').CompletionMatches.CompletionText | Should -Be 'web'
        (TabExpansion2 'Get-CinderSnapshot -Volume d').CompletionMatches.CompletionText | Should -Be 'db'
    }

    It 'have a table of 80 columns, an id, and text' {
        $lines = $snapshot | Get-View
        $lines[0] | Should -BeExactly 'Name                   Status             Size Volume           Created'
        $lines[2] | Should -Match '^before {17}available {9}1 GiB web {14}\d{4}-\d\d-\d\d \d\d:\d\d$'
        "$snapshot" | Should -Be 'before'
        "$(New-CinderSnapshot db)" | Should -Match '^[0-9a-f-]{36}$'
        $json = $snapshot | ConvertTo-Json | ConvertFrom-Json
        $json.Id, $json.Status, $json.SizeGiB | Should -Be "$($snapshot.SnapshotId)", 'available', 1
    }
}
