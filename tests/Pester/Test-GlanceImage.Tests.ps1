BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $root = $env:OPENSTACKSTORAGE_ROOT
    $env:OPENSTACKSTORAGE_ROOT = Join-Path $TestDrive 'default'
    Push-Location TestDrive:/
    $admin = Connect-OpenStackStorage ./lab
}

AfterAll {
    Get-OpenStackStorage | Disconnect-OpenStackStorage
    Pop-Location
    $env:OPENSTACKSTORAGE_ROOT = $root
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Test-GlanceImage and Get-GlanceImageCheck' {
    BeforeAll {
        New-TestDisk ./a.img 1MB
        $good = New-GlanceImage ./a.img -Name good -DiskFormat Raw
        $bad = New-GlanceImage ./a.img -Name bad -DiskFormat Raw
        $file = "$($admin.Path)/images/$($bad.ImageId)"
        [IO.File]::WriteAllBytes($file, [byte[]]::new(1MB))
        $none = New-GlanceImage -Name none -NoData
    }

    It 'answers for images by name, object and id' {
        Test-GlanceImage good | Should -BeExactly $true
        Test-GlanceImage -ImageId $bad.ImageId | Should -BeExactly $false
        $good, $bad, $none | Test-GlanceImage | Should -Be $true, $false, $false
        'good', 'bad' | Test-GlanceImage | Should -Be $true, $false
    }

    It 'lists what it found' {
        Get-GlanceImageCheck good | Should -BeNullOrEmpty
        $found = Get-GlanceImageCheck bad
        $found.Severity, $found.Check, $found.Store, $found.ImageId | Should -Be 'Error', 'Hash', 'file', $bad.ImageId
        (Get-GlanceImageCheck $none).Message | Should -Be 'The image is queued and has no data.'
    }

    It 'hands images on that are not good' {
        (Get-GlanceImageCheck good, bad | Test-GlanceImage) | Should -BeExactly $false
    }

    It 'names an image that does not exist' {
        Test-GlanceImage nobody -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be 'ImageNotFound,OpenStackStorage.Commands.TestGlanceImageCommand'
    }

    It 'says on the verbose stream what is wrong' {
        (Test-GlanceImage bad -Verbose 4>&1)[0].Message | Should -BeLike '*sha512*'
    }

    It 'has a table of 80 columns' {
        $lines = Get-GlanceImageCheck bad, none | Get-View
        $lines[0].TrimEnd() | Should -BeExactly 'Severity Image                Check   Message'
        $lines[2] | Should -Match '^Error    bad                  Hash    The data of image '
        $lines[3].TrimEnd() | Should -BeExactly 'Error    none                 Data    The image is queued and has no data.'
    }
}
