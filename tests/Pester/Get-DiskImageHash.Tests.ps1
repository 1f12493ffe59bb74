BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.GetDiskImageHashCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 1MB
    $null = Convert-DiskImage a.img a.qcow2 -Format Qcow2 -Compress
    Copy-Item -LiteralPath a.img -Destination '[x] y.img'
    Copy-Item a.qcow2 bad.qcow2
    Set-Byte bad.qcow2 20 ([byte[]](0, 0, 0, 99))
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Get-DiskImageHash' {
    AfterEach { Get-Job | Remove-Job -Force }

    It 'gives what Get-FileHash gives for the raw disk, by <_>' -ForEach 'SHA256', 'SHA384', 'SHA512', 'SHA1', 'MD5' {
        $expected = Get-FileHash -LiteralPath (Get-FullPath a.img) -Algorithm $_
        foreach ($name in 'a.img', 'a.qcow2') {
            $hash = Get-DiskImageHash $name -Algorithm $_
            $hash.Hash | Should -BeExactly $expected.Hash
            $hash.Algorithm, $hash.VirtualSize, $hash.Path | Should -Be $expected.Algorithm, 1MB, (Get-FullPath $name)
            "$hash" | Should -Be $expected.Hash
        }
    }

    It 'is SHA256 by default' {
        (Get-DiskImageHash a.qcow2).Hash | Should -BeExactly (Get-Hash a.img)
    }

    It 'takes <what> from the pipeline' -ForEach @(
        @{ what = 'strings'; items = { 'a.img', '*y.img' } }
        @{ what = 'files'; items = { Get-Item -LiteralPath a.img, '[x] y.img' } }
        @{ what = 'image objects'; items = { Get-DiskImageInfo -LiteralPath a.img, '[x] y.img' } }
    ) {
        $hashes = & $items | Get-DiskImageHash
        $hashes.Path | Split-Path -Leaf | Should -Be 'a.img', '[x] y.img'
        $hashes.Hash | Select-Object -Unique | Should -BeExactly (Get-Hash a.img)
    }

    It 'passes its image on' {
        (Get-DiskImageHash -LiteralPath '[x] y.img' | Get-DiskImageInfo).Path | Should -Be (Get-FullPath '[x] y.img')
    }

    It 'goes on after a bad item' {
        $found = 'a.img', 'bad.qcow2', 'missing.img' | Get-DiskImageHash -ErrorAction SilentlyContinue -ErrorVariable errors
        @($found).Count | Should -Be 1
        $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class", "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'bad.qcow2', 'missing.img'
    }

    It 'runs in a job' {
        $job = 'a.img', 'a.qcow2' | Get-DiskImageHash -AsJob
        @($job).Count | Should -Be 1
        (Receive-Job $job -Wait).Hash | Should -BeExactly @((Get-Hash a.img), (Get-Hash a.img))
        $job.State | Should -Be 'Completed'
    }

    It 'stops within a second' {
        $null = New-DiskImage large.qcow2 -Format Qcow2 -Size 1TB
        $job = Get-DiskImageHash large.qcow2 -AsJob
        Wait-Until { $job.State -eq 'Running' }
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Stop-Job $job
        $watch.ElapsedMilliseconds | Should -BeLessThan 1000
        $job.State | Should -Be 'Stopped'
    }

    It 'has a table of 80 columns' {
        $shown = (Get-DiskImageHash a.img | Out-String -Width 80) -replace '\e\[[\d;]*m' -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ }
        $shown | Should -BeExactly @('Name            Hash', '----            ----', "a.img           $(Get-Hash a.img)")
    }
}
