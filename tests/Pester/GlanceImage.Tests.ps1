BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $root = $env:OPENSTACKSTORAGE_ROOT
    $env:OPENSTACKSTORAGE_ROOT = Join-Path $TestDrive 'default'
    Push-Location TestDrive:/
    $null = New-DiskImage ./win.qcow2 -Format Qcow2 -Size 4MB
    New-TestDisk ./db.img
}

AfterAll {
    Pop-Location
    $env:OPENSTACKSTORAGE_ROOT = $root
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Images in the default folder' {
    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./default -Recurse -Force -ErrorAction Ignore
    }

    It 'makes no store but to publish: <Call>' -ForEach @(
        @{ Call = { New-GlanceImage ./win.qcow2 -WhatIf } }
        @{ Call = { Get-GlanceImage } }
        @{ Call = { Get-GlanceImage win -ErrorAction Ignore } }
        @{ Call = { Remove-GlanceImage win -Confirm:$false -ErrorAction Ignore } }
        @{ Call = { Set-GlanceImage win -Hidden -WhatIf -ErrorAction Ignore } }
    ) {
        & $Call | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
    }

    It 'makes it with the first image' {
        (New-GlanceImage ./win.qcow2).Status | Should -Be 'active'
        (Get-OpenStackStorage).Path | Should -Be (Join-Path $TestDrive 'default')
    }
}

Describe 'The cmdlets of images' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab, ./out -Recurse -Force -ErrorAction Ignore
    }

    It 'publishes the files of a pipeline, and skips extents of a disk' {
        $null = New-DiskImage ./two.vmdk -Format Vmdk -SubFormat monolithicFlat -Size 4MB
        $images = Get-ChildItem ./win.qcow2, ./two*.vmdk | New-GlanceImage -ConvertTo Qcow2 -Public -WarningVariable warnings -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
        $images[0].Name, $images[0].Visibility, $images[0].DiskFormat | Should -Be 'win', 'public', 'qcow2'
        $warnings | Should -BeLike "*two-flat.vmdk' is skipped*"
        Remove-Item ./two*
    }

    It 'names what it can not publish by the path as typed, and goes on' {
        $images = './none.img', './win.qcow2' | New-GlanceImage -ErrorAction SilentlyContinue -ErrorVariable errors
        $images.Name | Should -Be 'win'
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId New-GlanceImage PathNotFound)
        $errors.TargetObject | Should -Be './none.img'
    }

    It 'takes no attribute of a piped image for that of a new one' {
        $parameters = (Get-Command New-GlanceImage).Parameters.Values
        $byName = $parameters | Where-Object { $_.Attributes.ValueFromPipelineByPropertyName -contains $true }
        $byName.Name | Sort-Object | Should -Be 'LiteralPath', 'Path'
    }

    It 'refuses -Rotate without -Keep, and -Public with another visibility' {
        foreach ($wrong in @{ Rotate = $true }, @{ Keep = 2 }, @{ Hide = $true }, @{ Public = $true; Visibility = 'Private' }) {
            New-GlanceImage ./win.qcow2 @wrong -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
            $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId New-GlanceImage ParameterInvalid)
        }
        Get-GlanceImage | Should -BeNullOrEmpty
    }

    It 'publishes a stream, and a record without data' {
        $stream = [IO.File]::OpenRead((Get-FullPath ./win.qcow2))
        try { (New-GlanceImage -InputStream $stream -Name s -DiskFormat Qcow2).Status | Should -Be 'active' }
        finally { $stream.Dispose() }
        (New-GlanceImage -NoData -Name q).Status | Should -Be 'queued'
    }

    It 'publishes and saves in jobs' {
        $image = New-GlanceImage ./win.qcow2 -AsJob | Receive-Job -Wait -AutoRemoveJob
        $image.Status | Should -Be 'active'
        $file = $image | Save-GlanceImage -Path ./job.qcow2 -AsJob | Receive-Job -Wait -AutoRemoveJob
        Get-Hash $file.FullName | Should -Be (Get-Hash ./win.qcow2)
    }

    It 'takes images by object, name, id and property, whatever the position' {
        $image = New-GlanceImage ./win.qcow2
        $null = New-GlanceImage ./db.img -Name db
        foreach ($set in { Set-GlanceImage $image -AddTag a }, { Set-GlanceImage win -AddTag b }, { Set-GlanceImage -ImageId $image.Id -AddTag c },
            { 'win' | Set-GlanceImage -AddTag d }, { $image | Set-GlanceImage -AddTag e },
            { [pscustomobject] @{ ImageId = $image.ImageId } | Set-GlanceImage -AddTag f }, { Set-GlanceImage "$($image.ImageId)" -AddTag g },
            { [pscustomobject] @{ Name = 'db'; ImageId = "$($image.ImageId)" } | Set-GlanceImage -AddTag h }, { $image.ImageId | Set-GlanceImage -AddTag i }) {
            & $set
        }
        (Get-GlanceImage win).Tags -join '' | Should -Be 'abcdefghi'
        (Get-GlanceImage db).Tags | Should -BeNullOrEmpty
    }

    It 'does not take the id of another thing for that of an image' {
        $image = New-GlanceImage ./win.qcow2
        { [pscustomobject] @{ Id = $image.ImageId } | Set-GlanceImage -Hidden -ErrorAction Stop } | Should -Throw
        (Get-GlanceImage win).Hidden | Should -BeFalse
    }

    It 'does not make names of things that are none' {
        { Get-Item . | Set-GlanceImage -Hidden -ErrorAction Stop } | Should -Throw -ErrorId 'InputObjectNotBound,*'
    }

    It 'uses the connection that found an image' {
        $image = New-GlanceImage ./win.qcow2
        $null = Connect-OpenStackStorage ./other
        $image | Set-GlanceImage -Hidden -PassThru | ForEach-Object Hidden | Should -BeTrue
        Get-GlanceImage | Should -BeNullOrEmpty
    }

    It 'refuses a name of several images by name, with the ids' {
        $ids = 1, 2 | ForEach-Object { (New-GlanceImage -NoData -Name two).ImageId }
        Remove-GlanceImage two -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Remove-GlanceImage ImageNameAmbiguous)
        $errors.TargetObject | Should -Be 'two'
        $ids | ForEach-Object { "$errors" | Should -BeLike "*$_*" }
    }

    It 'filters by all that was asked for' {
        $null = New-GlanceImage ./win.qcow2 -Tag a, b -Property @{ os_type = 'windows'; n = 1 } -Protected
        $null = New-GlanceImage ./db.img -Tag a -Hidden
        $null = New-GlanceImage -NoData -Name q -Visibility Private
        (Get-GlanceImage -Sort name:asc).Name | Should -Be 'q', 'win'
        (Get-GlanceImage -Hidden).Name | Should -Be 'db'
        (Get-GlanceImage -Protected:$false).Name | Should -Be 'q'
        (Get-GlanceImage -Tag a, b).Name | Should -Be 'win'
        (Get-GlanceImage -Property @{ os_type = 'windows'; n = 1 }).Name | Should -Be 'win'
        Get-GlanceImage -Property @{ os_type = 'linux' } | Should -BeNullOrEmpty
        (Get-GlanceImage -Status Queued, Active -First 1 -Sort name:desc).Name | Should -Be 'win'
        (Get-GlanceImage -Visibility Private -Owner default -MaximumSize 1MB).Name | Should -BeNullOrEmpty
        (Get-GlanceImage -MinimumSize 1 -DiskFormat Qcow2 -ContainerFormat Bare -CreatedAfter (Get-Date).AddHours(-1) -UpdatedBefore (Get-Date).AddHours(1)).Name | Should -Be 'win'
        Get-GlanceImage -CreatedBefore (Get-Date).AddHours(-1) | Should -BeNullOrEmpty
        $last = Get-GlanceImage win
        (Get-GlanceImage -Checksum $last.Checksum.ToUpper() -HashValue $last.HashValue).Name | Should -Be 'win'
        (Get-GlanceImage -Sort name:asc -Marker (Get-GlanceImage q).Id).Name | Should -Be 'win'
        (Get-GlanceImage | Select-Object -First 1).Name | Should -Be 'q'
    }

    It 'refuses a bad sort as Glance does' {
        Get-GlanceImage -Sort nope -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Get-GlanceImage ParameterInvalid)
        "$errors" | Should -BeLike 'Invalid sort key:*'
    }

    It 'deletes, delays, takes back, withholds and gives free' {
        $null = New-GlanceImage ./win.qcow2 -Protected
        Remove-GlanceImage win -WhatIf -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Remove-GlanceImage ImageProtected)
        Set-GlanceImage win -Protected:$false
        Remove-GlanceImage win -WhatIf
        (Disable-GlanceImage win -PassThru).Status | Should -Be 'deactivated'
        (Enable-GlanceImage win -PassThru).Status | Should -Be 'active'
        Remove-GlanceImage win -Delay -Confirm:$false | Should -BeNullOrEmpty
        (Get-GlanceImage -Status PendingDelete).Name | Should -Be 'win'
        (Restore-GlanceImage win -PassThru).Status | Should -Be 'active'
        (Get-GlanceImage win | Remove-GlanceImage -Confirm:$false -PassThru).Name | Should -Be 'win'
        Get-GlanceImage | Should -BeNullOrEmpty
        Get-ChildItem ./lab/images | Should -BeNullOrEmpty
    }

    It 'saves what it was given, by its name, and resumes' {
        $null = New-GlanceImage ./db.img -Name 'my db'
        $null = New-Item -ItemType Directory ./out
        $file = Get-GlanceImage 'my db' | Save-GlanceImage -Path ./out
        $file.Name | Should -Be 'my db.img'
        Get-Hash ./out/'my db.img' | Should -Be (Get-Hash ./db.img)
        Save-GlanceImage 'my db' ./out -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Save-GlanceImage DestinationExists)
        [IO.File]::WriteAllBytes((Get-FullPath './out/r.img.partial'), [IO.File]::ReadAllBytes((Get-FullPath ./db.img))[0..99999])
        $null = Save-GlanceImage 'my db' ./out/r.img -Resume
        Get-Hash ./out/r.img | Should -Be (Get-Hash ./db.img)
        $null = Save-GlanceImage 'my db' ./out/v.vhdx -As Vhdx
        Compare-DiskImage ./db.img ./out/v.vhdx | Should -BeNullOrEmpty
        Save-GlanceImage 'my db' ./out/no.img -WhatIf
        './out/no.img' | Should -Not -Exist
    }

    It 'waits no longer than it was told' {
        $null = New-GlanceImage -NoData -Name q
        (Wait-GlanceImage q -Status Queued).Name | Should -Be 'q'
        Wait-GlanceImage q -TimeoutSeconds 0 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Wait-GlanceImage ImageWaitFailed)
    }

    It 'ends a wait at once when it is stopped' {
        $null = New-GlanceImage -NoData -Name q
        $other = Open-Pipeline "`$null = Connect-OpenStackStorage ./lab; 'on'; Wait-GlanceImage q"
        Start-Sleep -Milliseconds 500
        $other.Shell.Stop()
        $other.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $other.Shell.Dispose()
    }

    It 'leaves a queued image with its reason when an upload is stopped' {
        New-LargeDisk ./large.img
        $other = Open-Pipeline "`$null = Connect-OpenStackStorage ./lab; New-GlanceImage ./large.img -ConvertTo Qcow2"
        Wait-Until { Get-GlanceImage -Status Saving }
        $other.Shell.Stop()
        $other.Shell.Dispose()
        $image = Get-GlanceImage large
        $image.Status, $image.LastError | Should -Be 'queued', 'The upload was stopped.'
        Get-ChildItem ./lab/images | Should -BeNullOrEmpty
        Remove-Item ./large.img
    }

    It 'completes names from the open connection alone' {
        $null = New-GlanceImage -NoData -Name 'win 11'
        $null = New-GlanceImage -NoData -Name wine
        (TabExpansion2 'Set-GlanceImage wi').CompletionMatches.CompletionText | Should -Be "'win 11'", 'wine'
        (TabExpansion2 'Get-GlanceImage wine').CompletionMatches.CompletionText | Should -Be 'wine'
        Disconnect-OpenStackStorage
        (TabExpansion2 'Get-GlanceImage wi').CompletionMatches.CompletionText | Should -Not -Contain 'wine'
        './default' | Should -Not -Exist
    }

    It 'has words and numbers in JSON, and its name as text' {
        $image = New-GlanceImage ./win.qcow2 -Property @{ a = 'b' }
        "$image" | Should -Be 'win'
        $json = $image | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $json.Status, $json.DiskFormat, $json.Properties.a, $json.Id | Should -Be 'active', 'qcow2', 'b', "$($image.ImageId)"
        $json.PSObject.Properties.Name | Should -Not -Contain 'Connection'
    }

    It 'has a table of 80 columns' {
        $null = New-GlanceImage ./win.qcow2
        $lines = Get-GlanceImage | Get-View
        $lines[0] | Should -BeExactly 'Name                             Status         Visibility Format          Size'
        $lines[2] | Should -Match '^win +active +shared +qcow2 +\d'
    }
}
