BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $root = $env:OPENSTACKSTORAGE_ROOT
    $env:OPENSTACKSTORAGE_ROOT = Join-Path $TestDrive 'default'
    Push-Location TestDrive:/
    New-TestDisk ./debian.img
}

AfterAll {
    Pop-Location
    $env:OPENSTACKSTORAGE_ROOT = $root
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Volumes in the default folder' {
    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./default -Recurse -Force -ErrorAction Ignore
    }

    It 'makes no store but for a new volume: <Call>' -ForEach @(
        @{ Call = { New-CinderVolume web 1GB -WhatIf } }
        @{ Call = { Get-CinderVolume } }
        @{ Call = { Get-CinderVolume web -ErrorAction Ignore } }
        @{ Call = { Remove-CinderVolume web -Confirm:$false -ErrorAction Ignore } }
        @{ Call = { New-CinderVolume web -Image debian -ErrorAction Ignore } }
        @{ Call = { Register-CinderVolume default x -WhatIf -ErrorAction Ignore } }
        @{ Call = { Get-CinderManageableVolume default -ErrorAction Ignore } }
    ) {
        & $Call | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
    }

    It 'makes it, and a backend, with the first volume' {
        $volume = New-CinderVolume web 1GB
        $volume.Status | Should -Be 'available'
        $volume.Backend | Should -BeLike '*@default#*'
        (Get-OpenStackStorage).Path | Should -Be (Join-Path $TestDrive 'default')
    }
}

Describe 'New-CinderVolume' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $image = New-GlanceImage ./debian.img -Name debian-12
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab, ./other -Recurse -Force -ErrorAction Ignore
    }

    It 'takes from the pipeline what finds its own parameter' {
        $web = Get-GlanceImage debian-12 | New-CinderVolume -Name web -Size 2GB
        $web.SourceImageId, $web.SizeGiB, $web.Name | Should -Be $image.ImageId, 2, 'web'
        $clone = $web | New-CinderVolume -Name clone
        $clone.SourceVolumeId, $clone.SourceImageId | Should -Be $web.VolumeId, $null
        $back = $clone | New-CinderSnapshot -Name before | New-CinderVolume -Name back
        $back.SourceSnapshotId | Should -Be (Get-CinderSnapshot before).SnapshotId
        ($image, $web | New-CinderVolume).SizeGiB | Should -Be 1, 2
    }

    It 'takes names and ids as arguments' {
        (New-CinderVolume a -Image debian-12).SourceImageId | Should -Be $image.ImageId
        (New-CinderVolume b -Image $image.ImageId).SourceImageId | Should -Be $image.ImageId
        (New-CinderVolume c -Image "$($image.ImageId)").SourceImageId | Should -Be $image.ImageId
        (New-CinderVolume d -Volume a).SourceVolumeId | Should -Be (Get-CinderVolume a).VolumeId
        (New-CinderVolume e 3GB -Volume (Get-CinderVolume a)).SizeGiB | Should -Be 3
    }

    It 'makes nothing of text or other things in the pipeline: <Call>' -ForEach @(
        @{ Call = { 'debian-12' | New-CinderVolume web } }
        @{ Call = { 'debian-12' | New-CinderVolume web 1GB } }
        @{ Call = { $image.ImageId | New-CinderVolume web 1GB } }
        @{ Call = { Get-Item . | New-CinderVolume web 1GB } }
        @{ Call = { Get-OpenStackStorage | New-CinderVolume web 1GB } }
    ) {
        $ErrorActionPreference = 'Continue'
        & $Call 2>&1 | ForEach-Object FullyQualifiedErrorId | Should -Be (Get-ErrorId New-CinderVolume AmbiguousParameterSet)
        Get-CinderVolume | Should -BeNullOrEmpty
    }

    It 'refuses an argument of another kind, and two sources' {
        { New-CinderVolume web -Volume $image } | Should -Throw -ErrorId (Get-ErrorId New-CinderVolume ParameterArgumentTransformationError)
        { New-CinderVolume web -Image a -Volume b } | Should -Throw -ErrorId (Get-ErrorId New-CinderVolume AmbiguousParameterSet)
    }

    It 'asks whether GB were meant: <Size>' -ForEach @(
        @{ Size = 20; Expected = '*Did you mean 20GB?*' }
        @{ Size = '1.5GB'; Expected = '*The next whole one is 2GB.*' }
    ) {
        New-CinderVolume web $Size -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId New-CinderVolume VolumeSizeInvalid)
        "$errors" | Should -BeLike $Expected
    }

    It 'says what would happen, and makes nothing' {
        $said = & { $image | New-CinderVolume web 2GB -WhatIf } 6>&1 | Out-String
        $said | Should -BeNullOrEmpty
        Get-CinderVolume | Should -BeNullOrEmpty
        New-CinderVolume web 5000GB -WhatIf -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId New-CinderVolume QuotaExceeded)
    }

    It 'says pool by pool why there is no place' {
        $pool = (New-CinderVolume web 1GB).Backend
        New-CinderVolume none 1GB -Multiattach -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId New-CinderVolume NoValidBackend)
        "$errors" | Should -BeLike "*'$pool': CapabilitiesFilter: multiattach*"
    }

    It 'keeps all that it was told' {
        $null = New-CinderVolumeType fast
        $volume = New-CinderVolume web 1GB -VolumeType fast -Description d -AvailabilityZone nova -Metadata @{ a = 1 } -Hint @{ same_host = (New-CinderVolume x 1GB) }
        $volume.VolumeType, $volume.Description, $volume.AvailabilityZone, $volume.Metadata['a'] | Should -Be 'fast', 'd', 'nova', '1'
    }

    It 'makes volumes in jobs' {
        ($image | New-CinderVolume web 2GB -AsJob | Receive-Job -Wait -AutoRemoveJob).Status | Should -Be 'available'
        (Get-CinderVolume).Name | Should -Be 'web'
    }

    It 'uses the connection that found the source' {
        $null = Connect-OpenStackStorage ./other
        $image | New-CinderVolume web | ForEach-Object SourceImageId | Should -Be $image.ImageId
        Get-CinderVolume | Should -BeNullOrEmpty
    }

    It 'completes names of sources and of backends' {
        $null = New-CinderVolume 'my disk' 1GB
        (TabExpansion2 'New-CinderVolume x -Image de').CompletionMatches.CompletionText | Should -Be 'debian-12'
        (TabExpansion2 'New-CinderVolume x -Volume my').CompletionMatches.CompletionText | Should -Be "'my disk'"
        (TabExpansion2 'New-CinderVolume x -Backend de').CompletionMatches.CompletionText | Should -Be 'default'
    }

    It 'takes no attribute of a piped object for that of the new volume' {
        (Get-Command New-CinderVolume).Parameters.Values.Where{ $_.Attributes.ValueFromPipelineByPropertyName -contains $true } | Should -BeNullOrEmpty
    }
}

Describe 'The cmdlets of volumes' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $null = New-GlanceImage ./debian.img -Name debian-12
        $web = New-CinderVolume web 2GB -Image debian-12
        $ConfirmPreference = 'None'
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab, ./ssd -Recurse -Force -ErrorAction Ignore
    }

    It 'take volumes by object, name, id and property, whatever the position' {
        $null = New-CinderVolume db 1GB
        foreach ($set in { Set-CinderVolume $web -Metadata @{ a = 1 } }, { Set-CinderVolume web -Metadata @{ b = 1 } }, { Set-CinderVolume -VolumeId $web.Id -Metadata @{ c = 1 } },
            { 'web' | Set-CinderVolume -Metadata @{ d = 1 } }, { $web | Set-CinderVolume -Metadata @{ e = 1 } }, { Set-CinderVolume "$($web.VolumeId)" -Metadata @{ f = 1 } },
            { [pscustomobject] @{ Name = 'db'; VolumeId = "$($web.VolumeId)" } | Set-CinderVolume -Metadata @{ g = 1 } }, { $web.VolumeId | Set-CinderVolume -Metadata @{ h = 1 } }) {
            & $set
        }
        (Get-CinderVolume web).Metadata.Keys | Sort-Object | Join-String | Should -Be 'abcdefgh'
        (Get-CinderVolume db).Metadata.Count | Should -Be 0
    }

    It 'do not take the id of another thing for that of a volume: <Call>' -ForEach @(
        @{ Call = { [pscustomobject] @{ Id = $web.VolumeId } | Set-CinderVolume -Bootable -ErrorAction Stop } }
        @{ Call = { Get-GlanceImage debian-12 | Set-CinderVolume -Bootable -ErrorAction Stop } }
        @{ Call = { Get-Item . | Set-CinderVolume -Bootable -ErrorAction Stop } }
    ) {
        $Call | Should -Throw -ErrorId 'InputObjectNotBound,*'
    }

    It 'change nothing with -WhatIf, and say what would be refused: <Call>' -ForEach @(
        @{ Call = { Set-CinderVolume web -NewName x -WhatIf }; Id = $null }
        @{ Call = { Resize-CinderVolume web 3GB -WhatIf }; Id = $null }
        @{ Call = { Resize-CinderVolume web 1GB -WhatIf }; Id = 'VolumeSizeInvalid' }
        @{ Call = { Merge-CinderVolume web -WhatIf }; Id = $null }
        @{ Call = { Export-CinderVolume web x -WhatIf }; Id = $null }
        @{ Call = { Export-CinderVolume web x -DiskFormat Iso -WhatIf }; Id = 'ParameterInvalid' }
        @{ Call = { Restore-CinderVolume web -Image debian-12 -WhatIf }; Id = $null }
        @{ Call = { Restore-CinderVolume web -WhatIf }; Id = 'ParameterInvalid' }
        @{ Call = { Reset-CinderVolumeState web -Status Error -WhatIf }; Id = $null }
        @{ Call = { Reset-CinderVolumeState web -WhatIf }; Id = 'ParameterInvalid' }
        @{ Call = { Unregister-CinderVolume web -WhatIf }; Id = $null }
        @{ Call = { Convert-CinderVolume web gold -WhatIf }; Id = 'VolumeTypeNotFound' }
        @{ Call = { Move-CinderVolume web nope -WhatIf }; Id = 'BackendNotFound' }
        @{ Call = { Remove-CinderVolume web -WhatIf }; Id = $null }
    ) {
        $before = Get-CinderVolume web | ConvertTo-Json
        $files = Get-ChildItem ./lab/volumes | Select-Object Name, Length, LastWriteTimeUtc | ConvertTo-Json
        $ErrorActionPreference = 'Continue'
        $errors = @(& $Call 2>&1)
        Get-CinderVolume web | ConvertTo-Json | Should -Be $before
        Get-ChildItem ./lab/volumes | Select-Object Name, Length, LastWriteTimeUtc | ConvertTo-Json | Should -Be $files
        (Get-GlanceImage).Name | Should -Be 'debian-12'
        if ($Id) {
            $errors.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        }
        else {
            $errors | Should -BeNullOrEmpty
        }
    }

    It 'filters lists' {
        $null = New-CinderVolume db 1GB -Metadata @{ a = 1 }
        (Get-CinderVolume -Bootable).Name | Should -Be 'web'
        (Get-CinderVolume -Bootable:$false).Name | Should -Be 'db'
        (Get-CinderVolume -Metadata @{ a = 1 }).Name | Should -Be 'db'
        (Get-CinderVolume -Status Available -Backend default -AvailabilityZone nova -All | Sort-Object Name).Name | Should -Be 'db', 'web'
        (Get-CinderVolume -First 1).Count | Should -Be 1
        Get-CinderVolume -Status Error | Should -BeNullOrEmpty
        Get-CinderVolume -Project other | Should -BeNullOrEmpty
        Get-CinderVolume nope, web -ErrorAction SilentlyContinue -ErrorVariable errors | ForEach-Object Name | Should -Be 'web'
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Get-CinderVolume VolumeNotFound)
        ($web | Get-CinderVolume).Name | Should -Be 'web'
    }

    It 'refuses a name of several volumes, with the ids' {
        $ids = $web.VolumeId, (New-CinderVolume web 1GB).VolumeId
        Remove-CinderVolume web -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Remove-CinderVolume VolumeNameAmbiguous)
        $errors.TargetObject | Should -Be 'web'
        $ids | ForEach-Object { "$errors" | Should -BeLike "*$_*" }
    }

    It 'changes, grows, exports and deletes' {
        (Set-CinderVolume web -NewName db -ReadOnly -Bootable:$false -PassThru | Select-Object Name, ReadOnly, Bootable).PSObject.Properties.Value | Should -Be 'db', $true, $false
        (Set-CinderVolume db -ReadOnly:$false -PassThru).ReadOnly | Should -BeFalse
        (Resize-CinderVolume db 3GB -PassThru).SizeGiB | Should -Be 3
        $image = Export-CinderVolume db golden -AsJob | Receive-Job -Wait -AutoRemoveJob
        $image.Name, $image.Status, $image.DiskFormat, $image.VirtualSize | Should -Be 'golden', 'active', 'qcow2', 3GB
        $null = $image | Save-GlanceImage -Path ./golden.qcow2
        $null = Resize-DiskImage ./golden.qcow2 1MB -Shrink
        Compare-DiskImage ./debian.img ./golden.qcow2 | Should -BeNullOrEmpty
        Remove-Item ./golden.qcow2
        (Remove-CinderVolume db -AsJob -PassThru | Receive-Job -Wait -AutoRemoveJob).Name | Should -Be 'db'
        Get-CinderVolume | Should -BeNullOrEmpty
    }

    It 'goes back to a snapshot, and to an image' {
        $snapshot = New-CinderSnapshot web -Name before
        (Restore-CinderVolume web -Snapshot before -PassThru).Status | Should -Be 'available'
        (Restore-CinderVolume web -Snapshot $snapshot -PassThru).Status | Should -Be 'available'
        Remove-CinderSnapshot before
        (Restore-CinderVolume web -Image (Get-GlanceImage debian-12) -PassThru -AsJob | Receive-Job -Wait -AutoRemoveJob).Status | Should -Be 'available'
    }

    It 'gets another type' {
        $null = New-CinderVolumeType fast
        (Convert-CinderVolume web fast).VolumeType | Should -Be 'fast'
        (TabExpansion2 'Convert-CinderVolume web fa').CompletionMatches.CompletionText | Should -Be 'fast'
    }

    It 'moves to another backend' {
        $null = Add-CinderBackend fast ./ssd
        (Move-CinderVolume web fast -PassThru -AsJob | Receive-Job -Wait -AutoRemoveJob).Backend | Should -BeLike '*@fast#*'
        Test-CinderVolume web | Should -BeTrue
    }

    It 'gives data back and takes it over again, by completion and by the pipeline' {
        Merge-CinderVolume web
        $data = Unregister-CinderVolume web
        Get-CinderVolume | Should -BeNullOrEmpty
        (TabExpansion2 'Register-CinderVolume default ').CompletionMatches.CompletionText | Should -Be $data.Reference
        $back = Get-CinderManageableVolume default | Register-CinderVolume -Name back
        $back.Name, $back.SizeGiB | Should -Be 'back', 2
        $again = Unregister-CinderVolume back | Register-CinderVolume -Name again
        Test-CinderVolume $again | Should -BeTrue
    }

    It 'shows what depends on what, indented, and pipes it on' {
        $null = New-CinderVolume clone -Volume web
        $lines = Get-CinderVolumeDependency web | Get-View
        $lines[0] | Should -BeExactly 'Name                                                     Kind        Data'
        $lines[2..5] | Should -Be @(
            'debian-12                                                Image'
            '  debian-12                                              CachedImage own'
            '    web *                                                Volume      shared'
            '      clone                                              Volume      shared')
        Get-CinderVolumeDependency web | Where-Object Name -EQ 'clone' | Merge-CinderVolume
        (Get-CinderVolumeDependency web | Where-Object Name -EQ 'clone').Linked | Should -BeFalse
        (Get-CinderVolumeDependency web | ConvertTo-Json | ConvertFrom-Json)[2].Depth | Should -Be 2
    }

    It 'finds faults and repairs what it can' {
        Test-CinderVolume web -Deep | Should -BeTrue
        Reset-CinderVolumeState web -Status Extending
        Test-CinderVolume web | Should -BeFalse
        $check = Get-CinderVolumeCheck web
        $check.Check, $check.CanRepair | Should -Be 'StatusStuck', $true
        ($check | Get-View)[2] | Should -Match '^web +StatusStuck +possible It is extending'
        Repair-CinderVolume web -WhatIf
        (Get-CinderVolume web).Status | Should -Be 'extending'
        ($check | Repair-CinderVolume).Repaired | Should -BeTrue
        Test-CinderVolume web | Should -BeTrue
    }

    It 'waits no longer than it was told, and for the end of a volume' {
        (Wait-CinderVolume web).Name | Should -Be 'web'
        Wait-CinderVolume web -Status InUse -TimeoutSeconds 0 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Wait-CinderVolume VolumeWaitFailed)
        Remove-CinderVolume web
        $web | Wait-CinderVolume -Deleted | Should -BeNullOrEmpty
        Wait-CinderVolume web -Deleted | Should -BeNullOrEmpty
        { $web | Wait-CinderVolume -ErrorAction Stop } | Should -Throw -ErrorId (Get-ErrorId Wait-CinderVolume VolumeNotFound)
    }

    It 'completes names from the open connection alone' {
        (TabExpansion2 'Set-CinderVolume w').CompletionMatches.CompletionText | Should -Be 'web'
        Disconnect-OpenStackStorage
        (TabExpansion2 'Set-CinderVolume w').CompletionMatches.CompletionText | Should -Not -Contain 'web'
    }

    It 'has words and numbers in JSON, and its name as text' {
        "$web" | Should -Be 'web'
        $json = $web | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $json.Status, $json.Size, $json.SizeGiB, $json.Id | Should -Be 'available', 2GB, 2, "$($web.VolumeId)"
        $json.PSObject.Properties.Name | Should -Not -Contain 'Connection'
    }

    It 'has a table of 80 columns' {
        $lines = $web | Get-View
        $lines[0] | Should -BeExactly 'Name                         Status                Size Type        Backend'
        $lines[2] | Should -Match '^web +available +2 GiB +default$'
    }
}
