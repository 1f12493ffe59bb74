BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetSwiftRingPartitionCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Get-SwiftRingPartition' {
    BeforeEach {
        New-TestRing
    }

    It 'lists partitions, or those of devices' {
        (Get-SwiftRingPartition object.builder).Count | Should -Be 192
        (Get-SwiftRingPartition object.ring.gz -Partition 5, 6).Partition | Should -Be 5, 5, 5, 6, 6, 6
        (Get-SwiftRingPartition object.builder z1).Count | Should -Be 64
        (Get-SwiftRing object.builder | Get-SwiftRingPartition -Id 0).DeviceId | Sort-Object -Unique | Should -Be 0
    }

    It 'can be ended early' {
        (Get-SwiftRingPartition object.builder | Select-Object -First 1).Partition | Should -Be 0
    }

    It 'names what the ring has not' {
        Get-SwiftRingPartition object.builder -Partition 64 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingParameterInvalid,$class"
        Get-SwiftRingPartition object.builder -Id 99 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingDeviceNotFound,$class"
    }

    It 'has a table of 80 columns' {
        (Get-SwiftRingPartition object.builder | Select-Object -First 1 | Get-View)[0..1] | Should -BeExactly @(
            ' Partition Replica DeviceId Region Zone Ip:Port                Device'
            ' --------- ------- -------- ------ ---- -------                ------'
        )
    }
}
