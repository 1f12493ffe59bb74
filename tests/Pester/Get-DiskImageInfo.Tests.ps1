BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetDiskImageInfoCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 1MB
    New-TestDisk 'b c.img' 2MB
    New-TestDisk '[x].img' 1MB
    New-TestDisk 'x.img' 512KB
    $null = New-DiskImage base.qcow2 -Format Qcow2 -Size 10GB
    $null = New-DiskImage top.qcow2 -Format Qcow2 -BackingFile base.qcow2
    $null = New-Item -ItemType Directory below
    Copy-Item a.img below/deep.img
    Copy-Item base.qcow2 bad.qcow2
    Set-Byte bad.qcow2 20 ([byte[]](0, 0, 0, 99)) # cluster_bits
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Get-DiskImageInfo' {
    It 'shows a raw disk by position' {
        $info = Get-DiskImageInfo a.img
        $info.Path | Should -Be (Get-FullPath a.img)
        $info.Format | Should -BeExactly 'raw'
        $info.VirtualSize | Should -Be 1MB
        $info.SafetyFindings | Should -BeNullOrEmpty
        "$info" | Should -Be $info.Path
    }

    It 'shows a qcow2 image with its own facts' {
        $info = Get-DiskImageInfo top.qcow2
        $info.Format | Should -BeExactly 'qcow2'
        $info.SubFormat | Should -BeExactly 'v3'
        $info.VirtualSize | Should -Be 10GB
        $info.SizeGiB | Should -Be 10
        $info.ClusterSize | Should -Be 64KB
        $info.BackingFile | Should -Be 'base.qcow2'
        $info.SafetyFindings.Check | Should -Be 'backing_file'
        $info.FormatDetails.compat | Should -Be '1.1'
    }

    It 'takes wildcards, and names with spaces' {
        (Get-DiskImageInfo *.img).Count | Should -Be 4
        (Get-DiskImageInfo 'b c.img').VirtualSize | Should -Be 2MB
    }

    It 'takes brackets for a pattern in -Path and for letters in -LiteralPath' {
        Get-DiskImageInfo '[x].img' | Split-Path -Leaf | Should -Be 'x.img'
        (Get-DiskImageInfo -LiteralPath '[x].img').VirtualSize | Should -Be 1MB
    }

    It 'takes <what> from the pipeline' -ForEach @(
        @{ what = 'strings'; items = { 'a.img', 'x.img' }; names = 'a.img', 'x.img' }
        @{ what = 'files'; items = { Get-ChildItem -LiteralPath a.img, '[x].img' }; names = 'a.img', '[x].img' }
        @{ what = 'its own output'; items = { Get-DiskImageInfo -LiteralPath a.img, '[x].img' }; names = 'a.img', '[x].img' }
    ) {
        (& $items | Get-DiskImageInfo).Path | Split-Path -Leaf | Should -Be $names
    }

    It 'follows Set-Location' {
        Push-Location below
        try { (Get-DiskImageInfo deep.img).Path | Should -Be (Get-FullPath deep.img) } finally { Pop-Location }
    }

    It 'takes a path on a drive' {
        (Get-DiskImageInfo TestDrive:/a.img).Path | Should -Be (Get-FullPath a.img)
        (Get-DiskImageInfo -LiteralPath TestDrive:/below/deep.img).VirtualSize | Should -Be 1MB
    }

    It 'goes on after a bad item' {
        $found = 'a.img', 'bad.qcow2', 'none.img', 'x.img' | Get-DiskImageInfo -ErrorAction SilentlyContinue -ErrorVariable errors
        $found.Path | Split-Path -Leaf | Should -Be 'a.img', 'x.img'
        $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class", "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'bad.qcow2', 'none.img'
        $errors[0].Exception.Message | Should -BeLike '*byte 20*cluster_bits*99*'
        $errors[0].ErrorDetails.RecommendedAction | Should -Be ([OpenStackStorage.ErrorIds]::ImageCorrupt.Remedy)
    }

    It 'refuses a folder in words' {
        Get-DiskImageInfo below -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "PathNotSupported,$class"
        $errors.TargetObject | Should -Be 'below'
    }

    It 'reads the file as -SourceFormat says, whatever it looks like' {
        $info = Get-DiskImageInfo base.qcow2 -SourceFormat Raw
        $info.Format | Should -BeExactly 'raw'
        $info.VirtualSize | Should -Be (Get-Item base.qcow2).Length
        Get-DiskImageInfo a.img -SourceFormat Qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class"
    }

    It 'shows the backing chain, nearest first' {
        (Get-DiskImageInfo top.qcow2 -BackingChain).Path | Split-Path -Leaf | Should -Be 'top.qcow2', 'base.qcow2'
        (Get-DiskImageInfo top.qcow2 -BackingChain:$false).Path | Split-Path -Leaf | Should -Be 'top.qcow2'
    }

    It 'opens a backing file of another folder only with -AllowBackingFile' {
        $null = New-DiskImage below/top.qcow2 -Format Qcow2 -BackingFile base.qcow2 -WarningAction SilentlyContinue -WarningVariable warnings
        $warnings | Should -BeLike '*another folder*'
        $shown = Get-DiskImageInfo below/top.qcow2 -BackingChain -ErrorAction SilentlyContinue -ErrorVariable errors
        $shown.Path | Split-Path -Leaf | Should -Be 'top.qcow2'
        $errors.FullyQualifiedErrorId | Should -Be "BackingFileNotAllowed,$class"
        $errors.CategoryInfo.Category | Should -Be 'SecurityError'
        (Get-DiskImageInfo below/top.qcow2 -BackingChain -AllowBackingFile).Count | Should -Be 2
    }

    It 'shows a descriptor that names other files, with a finding' {
        Set-Content vmware.vmdk -NoNewline -Value ("# Disk DescriptorFile`nversion=1`nCID=12345678`nparentCID=ffffffff`ncreateType=`"monolithicFlat`"`nRW 2048 FLAT `"x-flat.vmdk`" 0`n".PadRight(1024, "`n"))
        $info = Get-DiskImageInfo vmware.vmdk
        $info.Format | Should -BeExactly 'vmdk'
        $info.SafetyFindings.Check | Should -Contain 'descriptor'
    }

    It 'gives JSON that tells the same' {
        $info = Get-DiskImageInfo top.qcow2
        $read = $info | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $read.VirtualSize | Should -Be 10GB
        $read.Format | Should -BeExactly 'qcow2'
        $read.SafetyFindings[0].Check | Should -Be 'backing_file'
        $read.FormatDetails.refcount_bits | Should -Be 16
        $read.Snapshots | Should -BeNullOrEmpty
        ($read | Get-DiskImageInfo).Path | Should -Be $info.Path -Because 'what was read back still names the image'
    }

    It 'has a table of 80 columns' {
        $shown = Get-DiskImageInfo top.qcow2 | Out-String -Width 80
        $shown = $shown -replace '\e\[[\d;]*m' -replace '\r' -split '\n' | ForEach-Object TrimEnd | Where-Object { $_ }
        $shown[0] | Should -BeExactly 'Name                         Format      VirtualSize    Allocated Findings'
        $shown[1] | Should -BeExactly '----                         ------      -----------    --------- --------'
        $shown[2] | Should -Match '^top\.qcow2                    qcow2            10 GiB +[\d.]+ KiB backing_file$'
    }

    It 'has a list of what matters' {
        $shown = (Get-DiskImageInfo top.qcow2 | Format-List | Out-String -Width 80) -replace '\e\[[\d;]*m'
        $names = $shown -split '\r?\n' | Where-Object { $_ } | ForEach-Object { ($_ -split ' +:')[0] }
        $names | Should -Be 'Path', 'Format', 'SubFormat', 'VirtualSize', 'AllocatedSize', 'BackingFile', 'SafetyFindings'
    }

    It 'shows snapshots in a table' {
        $snapshot = [OpenStackStorage.Model.DiskImageSnapshot] @{
            Id = '1'; Name = 'before the update'; CreatedAt = [DateTimeOffset]::FromUnixTimeSeconds(0); VirtualSize = 10GB
        }
        $shown = ($snapshot | Out-String -Width 80) -replace '\e\[[\d;]*m' -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ }
        $shown | Should -BeExactly @(
            'Id     Name                     CreatedAt             VirtualSize'
            '--     ----                     ---------             -----------'
            '1      before the update        1970-01-01 00:00:00Z       10 GiB'
        )
    }

    It 'agrees with qemu-img' {
        if (-not (Get-Command qemu-img -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'qemu-img is not installed'
            return
        }

        qemu-img create -q -f qcow2 -o "compat=0.10,cluster_size=4096" qemu.qcow2 3M
        qemu-img snapshot -c first qemu.qcow2
        $info = Get-DiskImageInfo qemu.qcow2
        $info.SubFormat, $info.ClusterSize, $info.VirtualSize | Should -Be 'v2', 4096, 3MB
        $info.Snapshots.Name | Should -Be 'first'
        $ours = qemu-img info --output=json top.qcow2 | ConvertFrom-Json
        $ours.'virtual-size', $ours.'backing-filename', $ours.format | Should -Be 10GB, 'base.qcow2', 'qcow2'
    }
}
