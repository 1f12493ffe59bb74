BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.ConvertDiskImageCommand'
    Push-Location TestDrive:/
    New-TestDisk a.img 1MB -Seed 1
    New-TestDisk b.img 2MB -Seed 2
    New-TestDisk '[x] y.img' 1MB -Seed 3
    $null = New-Item -ItemType Directory below
    $null = Convert-DiskImage a.img bad.qcow2 -Format Qcow2
    Set-Byte bad.qcow2 20 ([byte[]](0, 0, 0, 99)) # cluster_bits
    $names = (Get-ChildItem).Name

    function Get-NewName { (Get-ChildItem | Where-Object Name -NotIn $names).Name }
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Convert-DiskImage' {
    AfterEach {
        Get-Job | Remove-Job -Force
        Get-ChildItem | Where-Object Name -NotIn $names | Remove-Item -Recurse -Force
        Get-ChildItem below | Remove-Item
    }

    Context 'paths' {
        It 'writes beside the source by default, and returns what it wrote' {
            $info = Convert-DiskImage a.img -Format Qcow2
            $info | Should -BeOfType OpenStackStorage.Model.DiskImageInfo
            $info.Path | Should -Be (Get-FullPath a.qcow2)
            $info.Format, $info.VirtualSize | Should -Be 'qcow2', 1MB
            Compare-DiskImage a.img a.qcow2 | Should -BeNullOrEmpty
            Get-NewName | Should -Be 'a.qcow2'
        }

        It 'takes source and destination by position' {
            (Convert-DiskImage a.img new.qcow2 -Format Qcow2).Path | Should -Be (Get-FullPath new.qcow2)
        }

        It 'takes a path on a drive for both' {
            (Convert-DiskImage TestDrive:/a.img TestDrive:/below/a.qcow2 -Format Qcow2).Path | Should -Be (Get-FullPath below/a.qcow2)
        }

        It 'follows Set-Location for both' {
            Push-Location below
            try { (Convert-DiskImage ../a.img here.qcow2 -Format Qcow2).Path | Should -Be (Get-FullPath here.qcow2) } finally { Pop-Location }
        }

        It 'takes a folder for the destination, <_>' -ForEach 'below', 'below/', './below' {
            (Convert-DiskImage *.img $_ -Format Qcow2).Path | Split-Path -Leaf | Should -Be '[x] y.qcow2', 'a.qcow2', 'b.qcow2'
            (Get-ChildItem below).Count | Should -Be 3
        }

        It 'takes brackets in a destination and in -LiteralPath for letters' {
            (Convert-DiskImage -LiteralPath '[x] y.img' -Format Qcow2).Path | Should -Be (Get-FullPath '[x] y.qcow2')
            (Convert-DiskImage a.img '[a] b.qcow2' -Format Qcow2).Path | Should -Be (Get-FullPath '[a] b.qcow2')
        }

        It 'says that the destination''s folder is missing' {
            Convert-DiskImage a.img none/a.qcow2 -Format Qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
            $errors.TargetObject | Should -Be 'none/a.qcow2'
            $errors.Exception.Message | Should -BeLike '*folder*none*'
        }
    }

    Context 'a backing file' {
        It 'stores only what differs, by either name' {
            Copy-Item a.img changed.img
            Set-Byte changed.img 64KB ([byte[]](1, 2, 3))
            $info = Convert-DiskImage changed.img -Format Qcow2 -BackingFile a.img -Verify
            $info.BackingFile | Should -Be 'a.img'
            Compare-DiskImage changed.img changed.qcow2 | Should -BeNullOrEmpty
            (Get-DiskImageExtent changed.qcow2 | Where-Object Depth -EQ 0).Length | Should -Be 64KB
            (Convert-DiskImage changed.img -Format Qcow2 -ParentPath TestDrive:/a.img -Force).BackingFile | Should -Be 'a.img'
        }

        It 'warns of one in another folder' {
            $null = Convert-DiskImage b.img below/b.qcow2 -Format Qcow2 -BackingFile a.img -Verify -WarningAction SilentlyContinue -WarningVariable warnings
            $warnings | Should -BeLike '*-AllowBackingFile*'
            Compare-DiskImage b.img below/b.qcow2 -AllowBackingFile | Should -BeNullOrEmpty
        }

        It 'says that it is missing, or that the format has none' {
            Convert-DiskImage a.img new.qcow2 -Format Qcow2 -BackingFile none.img -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
            Convert-DiskImage b.img new.img -Format Raw -BackingFile a.img -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class"
            Get-NewName | Should -BeNullOrEmpty
        }
    }

    Context 'salvage' {
        It 'saves what is left, lists what is lost, and shows it' {
            $null = Convert-DiskImage a.img broken.qcow2 -Format Qcow2 -Compress
            Set-Byte broken.qcow2 128KB ([byte[]](255..192)) # the first cluster's stream
            Convert-DiskImage broken.qcow2 saved.img -Format Raw -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class"
            $info = Convert-DiskImage broken.qcow2 saved.img -Format Raw -Salvage -Verify -WarningAction SilentlyContinue -WarningVariable warnings
            @($info.LostRanges).Count | Should -Be 1
            $info.LostRanges[0].Start, $info.LostRanges[0].Length | Should -Be 0, 64KB
            $info.LostRanges.Reason | Should -BeLike '*compressed cluster at guest offset 0*'
            $warnings | Should -BeLike '*broken.qcow2*lost 64 KiB*LostRanges*'
            $info | Out-String -Width 80 | Should -BeLike '*lost 64 KiB*'
            $info.LostRanges | Out-String -Width 80 | Should -BeLike '*64 KiB*'
            (Compare-DiskImage a.img saved.img -All).Start | Should -Be 0
            ($info | ConvertTo-Json -Depth 4 | ConvertFrom-Json).LostRanges[0].Length | Should -Be 64KB
        }

        It 'loses nothing of a sound image' {
            $info = Convert-DiskImage a.img -Format Qcow2 -Salvage -WarningVariable warnings
            $info.LostRanges | Should -BeNullOrEmpty
            $warnings | Should -BeNullOrEmpty
        }
    }

    Context 'pipeline' {
        It 'takes <what>' -ForEach @(
            @{ what = 'strings'; items = { 'a.img', '*y.img' } }
            @{ what = 'files'; items = { Get-Item -LiteralPath a.img, '[x] y.img' } }
            @{ what = 'image objects'; items = { Get-DiskImageInfo -LiteralPath a.img, '[x] y.img' } }
            @{ what = 'paths by name'; items = { 'a.img', '*y.img' | ForEach-Object { [pscustomobject] @{ Path = $_ } } } }
        ) {
            $found = & $items | Convert-DiskImage -Format Qcow2
            $found.Path | Split-Path -Leaf | Should -Be 'a.qcow2', '[x] y.qcow2'
            $found.Format | Should -Be 'qcow2', 'qcow2'
        }

        It 'never takes format, size or subformat from an object' {
            $object = [pscustomobject] @{
                PSPath = 'a.img'; Format = 'Raw'; SubFormat = 'v2'; ClusterSize = 4096; SourceFormat = 'Qcow2'; DestinationPath = 'z'; Snapshot = 's'; Force = $true
            }
            $info = $object | Convert-DiskImage -Format Qcow2
            $info.Path, $info.Format, $info.SubFormat, $info.ClusterSize | Should -Be (Get-FullPath a.qcow2), 'qcow2', 'v3', 64KB
            $object | Convert-DiskImage -Format Qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "DestinationExists,$class"
        }

        It 'goes on after a bad item' {
            $found = 'a.img', 'bad.qcow2', 'none.img', 'b.img' | Convert-DiskImage -DestinationPath below -Format Raw -ErrorAction SilentlyContinue -ErrorVariable errors
            $found.Path | Split-Path -Leaf | Should -Be 'a.img', 'b.img'
            $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class", "PathNotFound,$class"
            $errors.TargetObject | Should -Be 'bad.qcow2', 'none.img'
            $errors | ForEach-Object { $_.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty }
            (Get-ChildItem below).Name | Should -Be 'a.img', 'b.img'
        }

        It 'ends the script with -ErrorAction Stop' {
            { 'bad.qcow2', 'a.img' | Convert-DiskImage -DestinationPath below -Format Raw -ErrorAction Stop } | Should -Throw -ErrorId "ImageCorrupt,$class"
            Get-ChildItem below | Should -BeNullOrEmpty
        }

        It 'refuses to write two sources to one destination, also with -Force' {
            $found = 'a.img', 'b.img' | Convert-DiskImage -DestinationPath one.qcow2 -Format Qcow2 -Force -ErrorAction SilentlyContinue -ErrorVariable errors
            $found.VirtualSize | Should -Be 1MB
            $errors.FullyQualifiedErrorId | Should -Be "DestinationExists,$class"
            $errors.TargetObject | Should -Be 'one.qcow2'
            $errors.ErrorDetails.RecommendedAction | Should -BeLike '*folder*'
            Compare-DiskImage a.img one.qcow2 | Should -BeNullOrEmpty
        }
    }

    Context 'changes' {
        It 'changes nothing with -WhatIf' {
            New-TestDisk a.qcow2
            $before = Get-ChildItem -Recurse -File | ForEach-Object { Get-Hash $_.FullName }
            Get-Item -LiteralPath a.img, b.img | Convert-DiskImage -Format Qcow2 -Force -Compress -Verify -WhatIf | Should -BeNullOrEmpty
            Convert-DiskImage a.img below -Format Qcow2 -WhatIf | Should -BeNullOrEmpty
            Get-ChildItem -Recurse -File | ForEach-Object { Get-Hash $_.FullName } | Should -Be $before
            Get-NewName | Should -Be 'a.qcow2'
        }

        It 'tells with -WhatIf what it would refuse' {
            New-TestDisk a.qcow2
            Convert-DiskImage a.img -Format Qcow2 -WhatIf -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "DestinationExists,$class"
        }

        It 'replaces a file with -Force only' {
            New-TestDisk there.qcow2
            $before = Get-Hash there.qcow2
            Convert-DiskImage a.img ./there.qcow2 -Format Qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
            Convert-DiskImage a.img ./there.qcow2 -Format Qcow2 -Force:$false -ErrorAction SilentlyContinue
            $errors[0].FullyQualifiedErrorId | Should -Be "DestinationExists,$class"
            $errors[0].CategoryInfo.Category | Should -Be 'ResourceExists'
            $errors[0].TargetObject | Should -Be './there.qcow2'
            $errors[0].ErrorDetails.RecommendedAction | Should -BeLike '*-Force*'
            Get-Hash there.qcow2 | Should -Be $before
            $null = Convert-DiskImage a.img there.qcow2 -Format Qcow2 -Force
            Compare-DiskImage a.img there.qcow2 | Should -BeNullOrEmpty
        }

        It 'keeps the old file when the new one fails' {
            $null = Convert-DiskImage a.img broken.qcow2 -Format Qcow2 -Compress
            Set-Byte broken.qcow2 128KB ([byte[]]@(0xFF) * 64)
            New-TestDisk kept.img
            $before = Get-Hash kept.img
            Convert-DiskImage broken.qcow2 kept.img -Format Raw -Force -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class"
            Get-Hash kept.img | Should -Be $before
            Get-ChildItem *.partial-* | Should -BeNullOrEmpty
        }

        It 'never writes over its source, also with -Force, by the path <_>' -ForEach 'a.img', 'below/../a.img', 'hard.img' {
            if ($_ -eq 'hard.img') { $null = New-Item -ItemType HardLink -Path hard.img -Target a.img }
            $before = Get-Hash a.img
            Convert-DiskImage a.img $_ -Format Raw -Force -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "DestinationIsSource,$class"
            Get-Hash a.img | Should -Be $before
        }

        It 'verifies with -Verify' {
            (Convert-DiskImage a.img -Format Qcow2 -Compress -Verify).Compressed | Should -BeTrue
        }
    }

    Context 'options' {
        It 'gives equal bytes at any -ThrottleLimit' {
            $null = 1, 2, 5 | ForEach-Object { Convert-DiskImage b.img "t$_.qcow2" -Format Qcow2 -Compress -ThrottleLimit $_ }
            @((Get-Hash t1.qcow2), (Get-Hash t2.qcow2), (Get-Hash t5.qcow2) | Sort-Object -Unique).Count | Should -Be 1
            { Convert-DiskImage b.img t0.qcow2 -Format Qcow2 -ThrottleLimit 0 } | Should -Throw -ErrorId "ParameterArgumentValidationError,$class"
        }

        It 'refuses <what>' -ForEach @(
            @{ what = 'to compress raw'; parameters = @{ Format = 'Raw'; Compress = $true } }
            @{ what = 'a level that the codec does not have'; parameters = @{ Format = 'Qcow2'; Compress = $true; CompressionLevel = 12 } }
            @{ what = 'an odd cluster size'; parameters = @{ Format = 'Qcow2'; ClusterSize = 5000 } }
            @{ what = 'an odd sparse size'; parameters = @{ Format = 'Raw'; SparseSize = 5000 } }
            @{ what = 'an unknown subformat'; parameters = @{ Format = 'Qcow2'; SubFormat = 'v9' } }
        ) {
            Convert-DiskImage a.img refused @parameters -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class"
            Get-NewName | Should -BeNullOrEmpty
        }

        It 'reads the source as -SourceFormat says, and warns when raw data looks like an image' {
            $null = Convert-DiskImage a.img inner.qcow2 -Format Qcow2
            $null = Convert-DiskImage inner.qcow2 outer.qcow2 -Format Qcow2 -SourceFormat Raw
            $null = Convert-DiskImage outer.qcow2 again.img -Format Raw -WarningAction SilentlyContinue -WarningVariable warnings
            Get-Hash again.img | Should -Be (Get-Hash inner.qcow2)
            $warnings | Should -BeLike '*again.img*qcow2*'
        }

        It 'completes formats and codecs' {
            (TabExpansion2 'Convert-DiskImage x -Format ').CompletionMatches.CompletionText | Should -Be 'Qcow2', 'Raw', 'Vdi', 'Vhd', 'Vhdx', 'Vmdk'
            (TabExpansion2 'Convert-DiskImage x -Format Q').CompletionMatches.CompletionText | Should -Be 'Qcow2'
            (TabExpansion2 'Convert-DiskImage x -CompressionType ').CompletionMatches.CompletionText | Should -Be 'Zlib', 'Zstd'
            (TabExpansion2 'Convert-DiskImage x -Verif').CompletionMatches[0].ToolTip | Should -BeLike '*compare it with the source*'
        }

        It 'takes an unambiguous start of the format' {
            (Convert-DiskImage a.img -Format q).Format | Should -Be 'qcow2'
        }

        It 'makes what qemu-img finds sound and equal' {
            if (-not (Get-Command qemu-img -ErrorAction Ignore)) {
                Set-ItResult -Skipped -Because 'qemu-img is not installed'
                return
            }

            $null = Convert-DiskImage b.img -Format Qcow2 -Compress
            qemu-img check -q (Get-FullPath b.qcow2)
            $LASTEXITCODE | Should -Be 0
            qemu-img compare -q -f raw -F qcow2 (Get-FullPath b.img) (Get-FullPath b.qcow2)
            $LASTEXITCODE | Should -Be 0
        }

        It 'converts a snapshot of an image that qemu-img made' {
            if (-not (Get-Command qemu-img -ErrorAction Ignore) -or -not (Get-Command qemu-io -ErrorAction Ignore)) {
                Set-ItResult -Skipped -Because 'qemu-img or qemu-io is not installed'
                return
            }

            $image = Get-FullPath snap.qcow2
            qemu-img convert -f raw -O qcow2 (Get-FullPath a.img) $image
            qemu-img snapshot -c first $image
            $null = qemu-io -c 'write -P 0x55 0 512k' $image
            $null = Convert-DiskImage snap.qcow2 then.img -Format Raw -Snapshot first
            Get-Hash then.img | Should -Be (Get-Hash a.img)
            Convert-DiskImage snap.qcow2 now.img -Format Raw -Snapshot second -ErrorAction SilentlyContinue -ErrorVariable errors
            $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class"
        }
    }

    Context 'jobs' {
        It 'converts in a job' {
            $job = 'a.img', 'b.img' | Convert-DiskImage -Format Qcow2 -AsJob
            @($job).Count | Should -Be 1
            (Wait-Job $job -Timeout 30).State | Should -Be 'Completed'
            (Receive-Job $job).Path | Split-Path -Leaf | Should -Be 'a.qcow2', 'b.qcow2'
            Compare-DiskImage b.img b.qcow2 | Should -BeNullOrEmpty
        }

        It 'gives from a job what it gives without' {
            $direct = Convert-DiskImage a.img direct.qcow2 -Format Qcow2 | Select-Object -Property * -ExcludeProperty Path, PSPath | ConvertTo-Json -Depth 4
            $job = Convert-DiskImage a.img job.qcow2 -Format Qcow2 -AsJob | Receive-Job -Wait
            $job | Select-Object -Property * -ExcludeProperty Path, PSPath | ConvertTo-Json -Depth 4 | Should -Be $direct
        }

        It 'fails in a job with the error that the pipeline gives' {
            $null = Convert-DiskImage a.img broken.qcow2 -Format Qcow2 -Compress
            Set-Byte broken.qcow2 128KB ([byte[]]@(0xFF) * 64)
            $job = 'broken.qcow2', 'b.img' | Convert-DiskImage -DestinationPath below -Format Raw -AsJob | Wait-Job -Timeout 30
            $job.State | Should -Be 'Failed'
            $found = Receive-Job $job -ErrorAction SilentlyContinue -ErrorVariable errors
            $found.Path | Split-Path -Leaf | Should -Be 'b.img'
            $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class"
            $errors.TargetObject | Should -Be 'broken.qcow2'
            (Get-ChildItem below).Name | Should -Be 'b.img'
        }

        It 'refuses before a job starts' {
            Convert-DiskImage bad.qcow2 below -Format Raw -AsJob -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
            $errors.FullyQualifiedErrorId | Should -Be "ImageCorrupt,$class"
            Get-Job | Should -BeNullOrEmpty
        }
    }
}

Describe 'A conversion of 10 GiB' {
    BeforeAll {
        New-LargeDisk large.img

        function Measure-Stop([scriptblock] $Stop) {
            Wait-Until { Test-Path large.qcow2.partial-* }
            Start-Sleep -Milliseconds 700 # past the first progress record
            'large.qcow2.partial-*' | Should -Exist -Because 'it must still run'
            $watch = [Diagnostics.Stopwatch]::StartNew()
            & $Stop
            $watch.ElapsedMilliseconds
        }
    }

    AfterAll { Remove-Item large.img }

    # The promise is 250 ms; a busy machine may take longer to run the threads at all.
    It 'ends at once when its pipeline is stopped, and leaves nothing behind' {
        $pipeline = Open-Pipeline 'Convert-DiskImage large.img -Format Qcow2 -Compress -CompressionLevel 9'
        $took = Measure-Stop { $pipeline.Shell.Stop() }
        Write-Information "stopped after $took ms" -InformationAction Continue
        $took | Should -BeLessThan 1000
        Get-ChildItem large.qcow2* | Should -BeNullOrEmpty
        $pipeline.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $pipeline.Shell.Streams.Error.Count | Should -Be 0
        $pipeline.Shell.Streams.Progress.Count | Should -BeGreaterThan 0
        $pipeline.Shell.Dispose()
    }

    It 'ends at once when its job is stopped, and leaves nothing behind' {
        $job = Convert-DiskImage large.img -Format Qcow2 -Compress -CompressionLevel 9 -AsJob
        $took = Measure-Stop { Stop-Job $job }
        Write-Information "stopped after $took ms" -InformationAction Continue
        $took | Should -BeLessThan 1000
        $job.State | Should -Be 'Stopped'
        Get-ChildItem large.qcow2* | Should -BeNullOrEmpty
        Remove-Job $job
    }

    It 'ends when nobody reads on' {
        $found = 'a.img', 'large.img' | Convert-DiskImage -Format Qcow2 -Compress -Force | Select-Object -First 1
        $found.Path | Should -Be (Get-FullPath a.qcow2)
        Get-ChildItem large.qcow2* | Should -BeNullOrEmpty
    }
}
