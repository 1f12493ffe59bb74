BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.AddSwiftRingDeviceCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Add-SwiftRingDevice' {
    BeforeEach {
        New-TestRing
    }

    It 'adds a CSV file by the names of its columns' {
        New-TestRing -Empty
        Get-TestInventory | Export-Csv disks.csv
        $added = Import-Csv disks.csv | Add-SwiftRingDevice -Path object.builder
        $added.Count | Should -Be 12
        $added[11].Id, $added[11].Zone, $added[11].Ip, $added[11].Device, $added[11].Weight | Should -Be 11, 3, '10.0.3.2', 'sdb', 100
        $null = Invoke-SwiftRebalance object.builder -Seed 7
        Test-SwiftRing object.builder | Should -BeTrue
    }

    It 'takes empty columns for none' {
        "Zone,Ip,Port,Device,Weight,ReplicationIp,ReplicationPort,Meta`n9,10.9.9.9,6200,sda,1.5,,," | ConvertFrom-Csv |
            Add-SwiftRingDevice object.builder | ForEach-Object { $_.ReplicationIp, $_.ReplicationPort, $_.Meta, $_.Region } | Should -Be '10.9.9.9', 6200, '', 1
    }

    It 'takes replication by Swift''s names too' {
        $device = [pscustomobject] @{ zone = 9; ip = '10.9.9.9'; port = 6200; device = 'sda'; weight = 1; replication_ip = '10.8.8.8'; replication_port = 6201 } |
            Add-SwiftRingDevice -BuilderPath object.builder
        $device.ReplicationIp, $device.ReplicationPort | Should -Be '10.8.8.8', 6201
    }

    It 'takes the text of swift-ring-builder by position and from the pipeline' {
        (Add-SwiftRingDevice object.builder r2z1-10.9.9.9:6200R10.8.8.8:6201/sda_new 5).Meta | Should -Be 'new'
        ([pscustomobject] @{ Spec = 'r2z1-[2001:db8::1]:6200/sda'; Weight = 7 } | Add-SwiftRingDevice object.builder).Ip | Should -Be '2001:db8::1'
        $null = Add-SwiftRingDevice object.builder z1-10.9.9.9:6200/sdc 5 -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*region 1*'
    }

    It 'never takes the path from the pipeline' {
        $null = New-SwiftRing copy.builder 4 3 1
        $null = Get-SwiftRingDevice object.builder | Add-SwiftRingDevice -Path copy.builder
        (Get-SwiftRing copy.builder).Devices | Should -Be 12
        (Get-SwiftRing object.builder).Devices | Should -Be 12
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-FolderState
        Add-SwiftRingDevice object.builder r1z9-10.9.9.9:6200/sda 1 -WhatIf | Should -BeNullOrEmpty
        Get-FolderState | Should -Be $before
    }

    It 'names a duplicate, and adds the others' {
        $added = @(Get-TestInventory)[0], [pscustomobject] @{ Region = 1; Zone = 9; Ip = '10.9.9.9'; Port = 6200; Device = 'sda'; Weight = 1 } |
            Add-SwiftRingDevice object.builder -ErrorAction SilentlyContinue -ErrorVariable errors
        $added.Ip | Should -Be '10.9.9.9'
        $errors.FullyQualifiedErrorId | Should -Be "RingDeviceDuplicate,$class"
        $errors.CategoryInfo.Category | Should -Be 'ResourceExists'
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'a negative weight'; id = 'RingParameterInvalid'; spec = 'r1z9-10.9.9.9:6200/sda'; weight = -1 }
        @{ what = 'a weight that is no number'; id = 'RingParameterInvalid'; spec = 'r1z9-10.9.9.9:6200/sda'; weight = [double]::NaN }
        @{ what = 'a text that is no device'; id = 'RingSearchInvalid'; spec = 'sda on server 9'; weight = 1 }
    ) {
        $before = Get-FolderState
        Add-SwiftRingDevice object.builder $spec $weight -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be "$id,$class"
        Get-FolderState | Should -Be $before
    }
}
