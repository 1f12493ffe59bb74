BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.ResolveSwiftRingPathCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Resolve-SwiftRingPath' {
    BeforeEach {
        New-TestRing
    }

    It 'finds a name by position' {
        $places = Resolve-SwiftRingPath object.ring.gz AUTH_test photos "a/$([char]0xE4) b.jpg" -HashSuffix changeme
        $places.Kind | Should -Be 'Primary', 'Primary', 'Primary', 'Handoff', 'Handoff', 'Handoff'
        $places[0].DiskPath | Should -BeLike "/srv/node/$($places[0].Device)/objects/$($places[0].Partition)/*/$($places[0].Hash)"
        $places[0].Url | Should -BeLike '*/AUTH_test/photos/a/%C3%A4%20b.jpg'
        @(Resolve-SwiftRingPath object.ring.gz AUTH_test -HashSuffix changeme -Handoff 0).Count | Should -Be 3
    }

    It 'finds partitions, and takes rings from the pipeline' {
        $places = Get-SwiftRing object.* | Resolve-SwiftRingPath -Partition 1, 2 -Handoff 1
        $places.Count | Should -Be 16
        $places[0].Hash, $places[0].Url | Should -Be $null, $null
    }

    It 'reads the cluster''s configuration' {
        Set-Content swift.conf '[other]', 'swift_hash_path_suffix = wrong', '[swift-hash]', 'swift_hash_path_suffix = changeme'
        (Resolve-SwiftRingPath object.ring.gz AUTH_test -ConfigurationPath swift.conf)[0].Hash |
            Should -Be (Resolve-SwiftRingPath object.ring.gz AUTH_test -HashSuffix changeme)[0].Hash
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'neither name nor partition'; id = 'ParameterInvalid'; parameters = @{} }
        @{ what = 'both name and partition'; id = 'ParameterInvalid'; parameters = @{ Account = 'a'; Partition = 1; HashSuffix = 'x' } }
        @{ what = 'an object without container'; id = 'ParameterInvalid'; parameters = @{ Account = 'a'; Object = 'o'; HashSuffix = 'x' } }
        @{ what = 'a partition that is not there'; id = 'RingParameterInvalid'; parameters = @{ Partition = 64 } }
        @{ what = 'a configuration that is not there'; id = 'PathNotFound'; parameters = @{ Account = 'a'; ConfigurationPath = 'none.conf' } }
    ) {
        Resolve-SwiftRingPath object.ring.gz @parameters -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be "$id,$class"
    }

    It 'has a table of 80 columns' {
        (Resolve-SwiftRingPath object.ring.gz -Partition 1 | Get-View)[0..1] | Should -BeExactly @(
            'Kind    Ip:Port               Device  DiskPath'
            '----    -------               ------  --------'
        )
    }
}
