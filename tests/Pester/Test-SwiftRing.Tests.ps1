BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.TestSwiftRingCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Test-SwiftRing' {
    BeforeEach {
        New-TestRing
    }

    It 'gives true or false, one for each file' {
        Set-Content broken.ring.gz 'not a ring'
        $results = Get-ChildItem *.ring.gz | Test-SwiftRing
        $results | Should -Be $false, $true
        Test-SwiftRing object.builder | Should -BeOfType bool
        Test-SwiftRing object.builder | Should -BeTrue
    }

    It 'finds a builder that was never rebalanced unfit' {
        $null = New-SwiftRing empty.builder 4 3 1
        Test-SwiftRing empty.builder -Verbose 4> verbose.txt | Should -BeFalse
        Get-Content verbose.txt -Raw | Should -Not -BeNullOrEmpty
    }

    It 'is an error where there is no file' {
        Test-SwiftRing none.builder -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
    }
}
