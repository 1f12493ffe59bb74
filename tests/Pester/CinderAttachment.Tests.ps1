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

Describe 'The cmdlets of attachments without a store' {
    It 'make no store: <Call>' -ForEach @(
        @{ Call = { Get-CinderAttachment } }
        @{ Call = { New-CinderAttachment web -ErrorAction Ignore } }
        @{ Call = { Remove-CinderAttachment ([guid]::NewGuid()) -ErrorAction Ignore } }
    ) {
        & $Call -ErrorAction Ignore | Should -BeNullOrEmpty
        './default' | Should -Not -Exist
    }
}

Describe 'The cmdlets of attachments' {
    BeforeEach {
        $null = Connect-OpenStackStorage ./lab
        $ConfirmPreference = 'None'
        $web = New-CinderVolume web 1GB
        $node = @{ host = 'node1' }
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Remove-Item -Path ./lab -Recurse -Force -ErrorAction Ignore
    }

    It 'reserve, connect, complete and detach' {
        $attachment = New-CinderAttachment web -Instance vm1 -MountPoint /dev/vdb
        $attachment.Status, $attachment.Mode, $attachment.Instance, $attachment.MountPoint, $attachment.VolumeName, $attachment.ConnectionInfo.Count | Should -Be 'reserved', 'rw', 'vm1', '/dev/vdb', 'web', 0
        (Get-CinderVolume web).Status | Should -Be 'reserved'
        Set-CinderAttachment $attachment $node | Should -BeNullOrEmpty
        (Get-CinderAttachment web).ConnectionInfo['device_path'] | Should -Exist
        (Complete-CinderAttachment $attachment -PassThru).Status | Should -Be 'attached'
        (Get-CinderVolume web).Status | Should -Be 'in-use'
        (Get-CinderVolume web).Attachments.AttachmentId | Should -Be $attachment.AttachmentId
        $attachment | Remove-CinderAttachment | Should -BeNullOrEmpty
        (Get-CinderVolume web).Status | Should -Be 'available'
        Get-CinderAttachment | Should -BeNullOrEmpty
    }

    It 'do all of it in one pipeline' {
        $null = New-CinderVolume web2 1GB
        (Get-CinderVolume web* | New-CinderAttachment -Instance vm1 -Connector $node | Complete-CinderAttachment -PassThru).Status | Should -Be 'attached', 'attached'
        (Get-CinderVolume web* | Get-CinderAttachment | Select-Object -ExpandProperty VolumeName | Sort-Object) | Should -Be 'web', 'web2'
        Get-CinderVolume web2 | Get-CinderAttachment | Remove-CinderAttachment
        (Get-CinderAttachment).VolumeName | Should -Be 'web'
    }

    It 'take volumes by object, name and id' {
        foreach ($volume in $web, 'web', $web.VolumeId, "$($web.VolumeId)") {
            (New-CinderAttachment $volume).AttachedVolumeId | Should -Be $web.VolumeId
            (Get-CinderAttachment $volume).AttachedVolumeId | Should -Be $web.VolumeId
            Get-CinderAttachment | Remove-CinderAttachment
        }
    }

    It 'take attachments by object, id and property' {
        $attachment = New-CinderAttachment web
        (Set-CinderAttachment $attachment.AttachmentId $node -PassThru).Status | Should -Be 'attaching'
        (Set-CinderAttachment "$($attachment.Id)" $node -Mode ro -PassThru).Mode | Should -Be 'ro'
        ([pscustomobject] @{ AttachmentId = "$($attachment.Id)" } | Set-CinderAttachment -Connector $node -MountPoint /dev/vdc -PassThru).MountPoint | Should -Be '/dev/vdc'
        ($attachment | Get-CinderAttachment).MountPoint | Should -Be '/dev/vdc'
        (Get-CinderAttachment -AttachmentId $attachment.Id).MountPoint | Should -Be '/dev/vdc'
        $attachment.MountPoint | Should -BeNullOrEmpty
    }

    It 'do not take the id of a volume for that of an attachment: <Call>' -ForEach @(
        @{ Call = { $web | Remove-CinderAttachment -ErrorAction Stop } }
        @{ Call = { $web | Complete-CinderAttachment -ErrorAction Stop } }
        @{ Call = { New-CinderAttachment web | Remove-CinderVolume -ErrorAction Stop } }
    ) {
        $Call | Should -Throw -ErrorId 'InputObjectNotBound,*'
    }

    It 'list by status' {
        $null = New-CinderVolume web2 1GB | New-CinderAttachment -Connector $node
        $null = New-CinderAttachment web
        (Get-CinderAttachment -Status Reserved).VolumeName | Should -Be 'web'
        (Get-CinderAttachment -Status Reserved, Attaching).Count | Should -Be 2
        Get-CinderAttachment web -Status Attached | Should -BeNullOrEmpty
    }

    It 'allow one attachment, and only reading where the volume is read-only' {
        $null = New-CinderAttachment web
        New-CinderAttachment web -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId New-CinderAttachment VolumeConflict)
        $readOnly = New-CinderVolume ro 1GB | Set-CinderVolume -ReadOnly -PassThru
        (New-CinderAttachment $readOnly).Mode | Should -Be 'ro'
    }

    It 'keep volumes from being deleted' {
        $null = New-CinderAttachment web
        Remove-CinderVolume web -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be (Get-ErrorId Remove-CinderVolume VolumeConflict)
    }

    It 'change nothing with -WhatIf, and say what would be refused: <Call>' -ForEach @(
        @{ Call = { New-CinderAttachment free -WhatIf }; Id = $null }
        @{ Call = { New-CinderAttachment free -Connector $node -WhatIf }; Id = $null }
        @{ Call = { New-CinderAttachment web -WhatIf }; Id = 'VolumeConflict' }
        @{ Call = { Set-CinderAttachment $attachment $node -WhatIf }; Id = $null }
        @{ Call = { Set-CinderAttachment $attachment @{} -WhatIf }; Id = 'ParameterInvalid' }
        @{ Call = { Complete-CinderAttachment $attachment -WhatIf }; Id = 'VolumeConflict' }
        @{ Call = { Remove-CinderAttachment $attachment -WhatIf }; Id = $null }
        @{ Call = { Remove-CinderAttachment ([guid]::Empty) -WhatIf }; Id = 'AttachmentNotFound' }
    ) {
        $null = New-CinderVolume free 1GB
        $attachment = New-CinderAttachment web
        $before = Get-CinderVolume | ConvertTo-Json -Depth 4
        $ErrorActionPreference = 'Continue'
        $errors = @(& $Call 2>&1)
        Get-CinderVolume | ConvertTo-Json -Depth 4 | Should -Be $before
        if ($Id) {
            $errors.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        }
        else {
            $errors | Should -BeNullOrEmpty
        }
    }

    It 'complete ids' {
        $attachment = New-CinderAttachment web
        foreach ($cmdlet in 'Set', 'Complete', 'Remove') {
            (TabExpansion2 "$cmdlet-CinderAttachment ").CompletionMatches.CompletionText | Should -Be "$($attachment.AttachmentId)"
        }
        (TabExpansion2 'New-CinderAttachment w').CompletionMatches.CompletionText | Should -Be 'web'
        (TabExpansion2 'Get-CinderAttachment w').CompletionMatches.CompletionText | Should -Be 'web'
    }

    It 'have a table of 80 columns' {
        $attachment = New-CinderAttachment web -Instance vm1
        $lines = $attachment | Get-View
        $lines[0] | Should -BeExactly 'AttachmentId                         Volume        Status    Mode Instance'
        $lines[2] | Should -BeExactly "$($attachment.AttachmentId) web           reserved  rw   vm1"
        "$attachment" | Should -Be "$($attachment.Id)"
    }
}
