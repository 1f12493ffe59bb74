BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetSwiftRingDeviceCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Get-SwiftRingDevice' {
    BeforeEach {
        New-TestRing
    }

    It 'lists all devices, or those that match' {
        (Get-SwiftRingDevice object.builder).Id | Should -Be (0..11)
        (Get-SwiftRingDevice object.builder z2-10.0.2.1).Id | Should -Be 4, 5
        (Get-SwiftRingDevice object.builder -Zone 3 -Device sdb).Id | Should -Be 9, 11
        (Get-SwiftRingDevice object.builder -Ip 10.0.1.2).Id | Should -Be 2, 3
        (Get-SwiftRingDevice object.builder -Id 7, 1).Id | Should -Be 1, 7
        Get-SwiftRingDevice object.builder -Region 9 | Should -BeNullOrEmpty
    }

    It 'reads ring files and takes rings from the pipeline' {
        (Get-SwiftRing object.ring.gz | Get-SwiftRingDevice -Id 0).Partitions | Should -Be 16
        (Get-ChildItem object.* | Get-SwiftRingDevice -Id 0).Weight | Should -Be 100, 100
    }

    It 'can be ended early' {
        (Get-SwiftRingDevice object.builder | Select-Object -First 1).Id | Should -Be 0
    }

    It 'names a device that is not there' {
        Get-SwiftRingDevice object.builder -Id 99 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingDeviceNotFound,$class"
        $errors.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        Get-SwiftRingDevice object.builder 'what?' -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "RingSearchInvalid,$class"
    }

    It 'has the table that operators know, of 80 columns' {
        $null = Add-SwiftRingDevice object.builder 'r2z1-[2001:db8::1]:6200/sda' 1
        Get-SwiftRingDevice object.builder -Id 0, 12 | Get-View | Should -BeExactly @(
            '  Id Region Zone Ip:Port             Device    Weight Partitions  Balance Flags'
            '  -- ------ ---- -------             ------    ------ ----------  ------- -----'
            '   0      1    1 10.0.1.1:6200       sda       100.00         16     0.08'
            '  12      2    1 [2001:db8::1]:6200  sda         1.00          0  -100.00'
        )
    }
}
