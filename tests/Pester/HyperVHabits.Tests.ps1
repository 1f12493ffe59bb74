BeforeDiscovery {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    # Each format that can stand over a parent; those that this build does not know yet are left out.
    $known = [Enum]::GetNames([OpenStackStorage.Disks.DiskImageFormat])
    $formats = @(
        @{ Format = 'Qcow2'; BlockSize = 1MB }
        @{ Format = 'Vhd'; BlockSize = 2MB }
        @{ Format = 'Vhdx'; BlockSize = 1MB }
    ) | Where-Object Format -In $known
}

BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    Push-Location TestDrive:/
    New-TestDisk a.img 4MB
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

# New-VHD, Convert-VHD and Get-VHD have these parameters; scripts that know them need only other names of cmdlets.
Describe 'The habits of Hyper-V, with <Format>' -ForEach $formats {
    BeforeAll {
        $extension = $Format.ToLowerInvariant()
        $base = "base.$extension"
        $null = Convert-DiskImage -Path a.img -DestinationPath $base -Format $Format
    }

    AfterEach { Get-Job | Remove-Job -Force }

    It 'New-VHD -Path -SizeBytes -BlockSizeBytes' {
        $info = New-DiskImage -Path "new.$extension" -SizeBytes 64MB -BlockSizeBytes $BlockSize -Format $Format
        $info.Path, $info.VirtualSize, $info.ClusterSize | Should -Be (Get-FullPath "new.$extension"), 64MB, $BlockSize
    }

    It 'New-VHD -Path -ParentPath' {
        $info = New-DiskImage -Path "child.$extension" -ParentPath $base -Format $Format
        $info.BackingFile | Should -BeLike "*$base"
        Compare-DiskImage $base "child.$extension" | Should -BeNullOrEmpty
    }

    It 'Convert-VHD -Path -DestinationPath -BlockSizeBytes' {
        $info = Convert-DiskImage -Path a.img -DestinationPath "blocks.$extension" -BlockSizeBytes $BlockSize -Format $Format
        $info.ClusterSize | Should -Be $BlockSize
        Compare-DiskImage a.img "blocks.$extension" | Should -BeNullOrEmpty
    }

    It 'Convert-VHD -ParentPath stores what differs' {
        Copy-Item a.img changed.img
        Set-Byte changed.img 1MB ([byte[]](1, 2, 3))
        $info = Convert-DiskImage -Path changed.img -DestinationPath "diff.$extension" -ParentPath $base -Format $Format -Verify
        $info.BackingFile | Should -BeLike "*$base"
        (Get-Item "diff.$extension").Length | Should -BeLessThan (Get-Item $base).Length
        Compare-DiskImage changed.img "diff.$extension" | Should -BeNullOrEmpty
        (Get-DiskImageExtent "diff.$extension" | Where-Object Depth -EQ 1).Count | Should -BeGreaterThan 0
    }

    It 'Convert-VHD -AsJob' {
        $job = Convert-DiskImage -Path $base -DestinationPath "job-$extension.img" -Format Raw -AsJob
        $job | Should -BeOfType System.Management.Automation.Job
        ($job | Receive-Job -Wait).Path | Should -Be (Get-FullPath "job-$extension.img")
        Get-Hash "job-$extension.img" | Should -Be (Get-Hash a.img)
    }

    It 'Convert-VHD -Passthru' {
        Convert-DiskImage -Path a.img -DestinationPath "out.$extension" -Format $Format -Passthru | Should -BeOfType OpenStackStorage.Model.DiskImageInfo
    }

    It 'Get-VHD -Path and Test-VHD -Path' {
        (Get-DiskImageInfo -Path $base).Format | Should -Be $extension
        Test-DiskImage -Path $base | Should -BeTrue
    }
}
