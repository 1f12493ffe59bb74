BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.TestDiskImageCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 1MB
    $null = Convert-DiskImage a.img good.qcow2 -Format Qcow2 -Compress
    Copy-Item good.qcow2 '[bad].qcow2'
    Set-Byte '[bad].qcow2' 64KB ([byte[]](0x80, 0, 0, 0, 0x70, 0, 0, 0)) # L1 entry 0: far outside the file
    Copy-Item good.qcow2 data.qcow2
    Set-Byte data.qcow2 128KB ([byte[]]@(0xFF) * 64)
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Test-DiskImage' {
    It 'answers with a bool and nothing else' {
        $answer = Test-DiskImage good.qcow2
        $answer | Should -BeOfType bool
        $answer | Should -BeTrue
        Test-DiskImage -LiteralPath '[bad].qcow2' | Should -BeFalse
        Test-DiskImage TestDrive:/a.img | Should -BeTrue
    }

    It 'answers for every item, also after a bad one' {
        Get-Item -LiteralPath good.qcow2, '[bad].qcow2', a.img | Test-DiskImage | Should -Be $true, $false, $true
        'good.qcow2', 'none.qcow2', 'a.img' | Test-DiskImage -ErrorAction SilentlyContinue -ErrorVariable errors | Should -Be $true, $true
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'none.qcow2'
        $errors.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'says false of a broken header' {
        Copy-Item good.qcow2 header.qcow2
        Set-Byte header.qcow2 20 ([byte[]](0, 0, 0, 99)) # cluster_bits
        Test-DiskImage header.qcow2 | Should -BeFalse
    }

    It 'takes wildcards and image objects' {
        Test-DiskImage g*.qcow2 | Should -BeTrue
        Get-DiskImageInfo a.img, good.qcow2 | Test-DiskImage | Should -Be $true, $true
    }

    It 'decompresses with -Deep only' {
        Test-DiskImage data.qcow2 | Should -BeTrue
        Test-DiskImage data.qcow2 -Deep:$false | Should -BeTrue
        Test-DiskImage data.qcow2 -Deep | Should -BeFalse
    }

    It 'follows Set-Location' {
        $null = New-Item -ItemType Directory below
        Push-Location below
        try { Test-DiskImage ../good.qcow2 | Should -BeTrue } finally { Pop-Location }
    }
}
