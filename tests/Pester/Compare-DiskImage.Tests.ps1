BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.CompareDiskImageCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 1MB
    $null = Convert-DiskImage a.img a.qcow2 -Format Qcow2 -Compress
    Copy-Item -LiteralPath a.img -Destination '[x] y.img'
    Copy-Item a.img changed.img
    Set-Byte changed.img 1024 ([byte[]](1, 2, 3))
    Set-Byte changed.img 512KB ([byte[]](1, 2, 3))
    $null = New-DiskImage small.img -Format Raw -Size 1MB
    $null = New-DiskImage large.img -Format Raw -Size 2MB
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Compare-DiskImage' {
    It 'says nothing of equal disks, whatever their formats and paths' {
        Compare-DiskImage a.img a.qcow2 | Should -BeNullOrEmpty
        Compare-DiskImage TestDrive:/a.img -DifferencePath '[x] y.img' | Should -BeNullOrEmpty
    }

    It 'gives the first difference' {
        $difference = Compare-DiskImage -ReferencePath a.qcow2 -DifferencePath changed.img
        @($difference).Count | Should -Be 1
        $difference.Start, $difference.Length, $difference.Kind | Should -Be 1024, 512, 'Content'
        "$difference" | Should -Be 'Content at 1024 for 512 bytes'
    }

    It 'gives every difference with -All' {
        (Compare-DiskImage a.qcow2 changed.img -All).Start | Should -Be 1024, 512KB
        @(Compare-DiskImage a.qcow2 changed.img -All:$false).Count | Should -Be 1
    }

    It 'counts sizes with -Strict only' {
        Compare-DiskImage small.img large.img | Should -BeNullOrEmpty
        $difference = Compare-DiskImage small.img large.img -Strict
        $difference.Start, $difference.Length, $difference.Kind | Should -Be 1MB, 1MB, 'Size'
    }

    It 'names the side that is missing: <reference>, <difference>' -ForEach @(
        @{ reference = 'none.img'; difference = 'a.img' }
        @{ reference = 'a.img'; difference = 'none.img' }
    ) {
        Compare-DiskImage $reference $difference -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'none.img'
        $errors.ErrorDetails.RecommendedAction | Should -Be ([OpenStackStorage.ErrorIds]::PathNotFound.Remedy)
    }

    It 'names the side that is corrupt' {
        Copy-Item a.qcow2 bad.qcow2
        Set-Byte bad.qcow2 20 ([byte[]](0, 0, 0, 99))
        Compare-DiskImage a.img bad.qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class"
        $errors.TargetObject | Should -Be 'bad.qcow2'
    }

    It 'follows Set-Location' {
        $null = New-Item -ItemType Directory below
        Push-Location below
        try { Compare-DiskImage ../a.img ../a.qcow2 | Should -BeNullOrEmpty } finally { Pop-Location }
    }

    It 'runs in a job' {
        $job = Compare-DiskImage a.img changed.img -All -AsJob
        (Receive-Job $job -Wait -AutoRemoveJob).Start | Should -Be 1024, 512KB
    }

    It 'gives JSON that tells the same' {
        $read = Compare-DiskImage a.img changed.img | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $read.Start, $read.Length, $read.Kind | Should -Be 1024, 512, 'Content'
    }

    It 'has a table of 80 columns' {
        $shown = (Compare-DiskImage a.img changed.img | Out-String -Width 80) -replace '\e\[[\d;]*m' -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ }
        $shown | Should -BeExactly @(
            '               Start       Length Kind'
            '               -----       ------ ----'
            '                1024        512 B Content'
        )
    }
}
