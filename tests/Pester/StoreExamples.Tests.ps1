# Runs each example of the help of stores, images and volumes, in a folder that holds what it speaks of.

BeforeDiscovery {
    $pages = Get-ChildItem "$PSScriptRoot/../../docs/en-US/*" -Include '*-Glance*.md', '*-OpenStackStorage*.md', '*-Cinder*.md'
    $examples = foreach ($page in $pages) {
        foreach ($match in [regex]::Matches((Get-Content $page -Raw), '### Example (\d+): ([^\n]+)\n\n```powershell\n(.*?)```', 'Singleline')) {
            @{ cmdlet = $page.BaseName; number = [int] $match.Groups[1].Value; title = $match.Groups[2].Value; code = $match.Groups[3].Value }
        }
    }
}

BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $store = $env:OPENSTACKSTORAGE_ROOT

    # What an example needs beyond the folder that all get.
    $before = @{
        'Enable-GlanceImage'            = { Disable-GlanceImage win }
        'Import-OpenStackStorage'       = { Export-OpenStackStorage ./lab.tar; Export-OpenStackStorage ./copy }
        'Export-OpenStackStorage 2'     = { Export-OpenStackStorage ./lab.tar }
        'Restore-GlanceImage'           = { Remove-GlanceImage win -Delay }
        'Wait-GlanceImage 3'            = { Remove-GlanceImage win -Delay }
        'Get-GlanceImageMember'         = { Add-GlanceImageMember win db }
        'Remove-GlanceImageMember'      = { Add-GlanceImageMember win db, ops }
        'Set-GlanceImageMember'         = { Add-GlanceImageMember win default, ops }
        'Repair-OpenStackStorage 3'     = { Disconnect-OpenStackStorage; Remove-Item ./lab/catalog.db* }
        'Set-GlanceImageMember 4'       = { Add-GlanceImageMember win db; $null = Connect-OpenStackStorage ./lab -Project db -Role member }
        'Save-GlanceImage'              = { Remove-Item win.qcow2 }
        'Add-GlanceImageMember 3'       = { Set-GlanceImage win -Visibility Shared }
        'Get-CinderVolume 3'            = { Reset-CinderVolumeState db -Status Error }
        'Move-CinderVolume'             = { Add-CinderBackend fast ./ssd }
        'Get-CinderBackend'             = { Add-CinderBackend fast ./fast }
        'Set-CinderBackend'             = { Add-CinderBackend fast ./fast }
        'Enable-CinderBackend'          = { Add-CinderBackend fast ./fast; Disable-CinderBackend fast }
        'Disable-CinderBackend'         = { Add-CinderBackend fast ./fast; Get-CinderSnapshot | Remove-CinderSnapshot }
        'Remove-CinderBackend'          = { Add-CinderBackend fast ./fast; Get-CinderSnapshot | Remove-CinderSnapshot }
        'Get-CinderService'             = { Add-CinderBackend fast ./fast; Disable-CinderBackend fast }
        'Add-CinderImageCache'          = { Add-CinderBackend fast ./fast }
        'Remove-CinderImageCache'       = { Add-CinderImageCache win default }
        'Get-CinderAttachment'          = { New-CinderAttachment web1 -Instance vm1 -Connector @{ host = 'node1' } }
        'Remove-CinderAttachment'       = { New-CinderAttachment web1 -Instance vm1 -Connector @{ host = 'node1' } }
        'Complete-CinderAttachment 3'   = { New-CinderAttachment web1 -Connector @{ host = 'node1' } }
        'Set-CinderAttachment 3'        = { New-CinderAttachment web1 }
        'Get-CinderQos'                 = { New-CinderQos gold -Spec @{ total_iops_sec = 500 } -Consumer FrontEnd }
        'Set-CinderQos'                 = { New-CinderQos gold -Spec @{ total_iops_sec = 500 } -Consumer FrontEnd }
        'Remove-CinderQos'              = { New-CinderQos gold -Spec @{ total_iops_sec = 500 } }
        'Register-CinderVolume'         = { Merge-CinderVolume web1 }
        'Unregister-CinderVolume'       = { Merge-CinderVolume web1 }
        'Remove-CinderVolume 4'         = { Reset-CinderVolumeState web1 -Status Error }
    }

    # What an example is there to show refused.
    $refused = @{ 'Set-GlanceImage 3' = 'ImageConflict'; 'Unregister-CinderVolume 2' = 'VolumeConflict' }

    # What all examples of volumes speak of.
    function Initialize-TestVolume {
        $null = New-GlanceImage ./db.qcow2 -Name debian-12
        $null = New-CinderVolumeType fast
        $null = New-CinderVolume web1 1GB -Image debian-12
        $null = New-CinderVolume db 1GB | New-CinderSnapshot -Name before-upgrade
    }
}

AfterAll {
    $env:OPENSTACKSTORAGE_ROOT = $store
    Remove-Module OpenStackStorage, TestImages
}

Describe 'The examples of stores, images and volumes' {
    BeforeEach {
        $folder = New-Item -ItemType Directory -Path (Join-Path -Path $TestDrive -ChildPath ([guid]::NewGuid()))
        Push-Location $folder
        $env:OPENSTACKSTORAGE_ROOT = "$folder/lab"
        $null = New-Item -ItemType Directory -Path backup, usb, fast, large
        $null = New-DiskImage win.vmdk -Format Vmdk -Size 20MB
        foreach ($name in 'db', 'win') {
            $null = New-DiskImage "$name.qcow2" -Format Qcow2 -Size 20MB
        }

        New-TestDisk ./vmlinuz 64KB
        New-TestDisk ./root.img 1MB
        $null = Connect-OpenStackStorage ./lab
        $win = New-GlanceImage ./win.qcow2 -Name win -Tag golden, checked -Property @{ os_type = 'windows' }
        $null = New-GlanceImage ./db.qcow2 -Name db -Tag nightly -Property @{ old_note = 'x' }
    }

    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
        Pop-Location
    }

    It '<cmdlet>, example <number>: <title>' -ForEach $examples {
        $ConfirmPreference = 'None'
        if ($cmdlet -like '*-Cinder*') {
            Initialize-TestVolume
        }

        foreach ($key in $cmdlet, "$cmdlet $number") {
            if ($before[$key]) {
                $null = . $before[$key]
            }
        }

        $code = $code -replace '71c675ab-d94f-49cd-a114-e12490b328d9', $win.ImageId -replace '/mnt/', './'
        $ErrorActionPreference = 'Continue'
        $errors = @(. ([scriptblock]::Create($code)) 2>&1 3>$null 6>$null | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
        $expected = $refused["$cmdlet $number"]
        if ($expected) {
            $errors.FullyQualifiedErrorId | Should -BeLike "$expected,*"
        }
        else {
            $errors | Should -BeNullOrEmpty
        }
    }
}
