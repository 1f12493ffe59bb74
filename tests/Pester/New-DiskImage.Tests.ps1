BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.NewDiskImageCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'New-DiskImage' {
    It 'makes a <_> image by position' -ForEach 'Raw', 'Qcow2' {
        $info = New-DiskImage "new.$_" 10MB -Format $_
        $info | Should -BeOfType OpenStackStorage.Model.DiskImageInfo
        $info.Path | Should -Be (Get-FullPath "new.$_")
        $info.VirtualSize | Should -Be 10MB
        $info.Format | Should -BeExactly $_.ToLowerInvariant()
        Test-DiskImage "new.$_" | Should -BeTrue
    }

    It 'takes the size <_>' -ForEach 1GB, '1GB', '1GiB', '1g' {
        (New-DiskImage size.img $_ -Format Raw -Force).VirtualSize | Should -Be 1GB
    }

    It 'takes a path on a drive, with brackets and spaces, and follows Set-Location' {
        $null = New-Item -ItemType Directory below
        (New-DiskImage 'TestDrive:/[a] b.img' 1MB -Format Raw).Path | Should -Be (Get-FullPath '[a] b.img')
        Push-Location below
        try { (New-DiskImage here.img 1MB -Format Raw).Path | Should -Be (Get-FullPath here.img) } finally { Pop-Location }
    }

    It 'takes nothing from the pipeline: the format and size of an object are not those of a new image' {
        $object = [pscustomobject] @{ Path = 'piped.img'; Format = 'Raw'; Size = 1MB }
        { $object | New-DiskImage piped.img 1MB -Format Qcow2 -ErrorAction Stop } | Should -Throw -ErrorId "InputObjectNotBound,$class"
    }

    It 'changes nothing with -WhatIf' {
        New-TestDisk kept.img
        $before = Get-Hash kept.img
        New-DiskImage whatif.img 1MB -Format Raw -WhatIf | Should -BeNullOrEmpty
        New-DiskImage kept.img 1MB -Format Raw -Force -WhatIf | Should -BeNullOrEmpty
        'whatif.img' | Should -Not -Exist
        Get-Hash kept.img | Should -Be $before
        Get-ChildItem *.partial-* | Should -BeNullOrEmpty
    }

    It 'replaces a file with -Force only' {
        New-TestDisk there.img
        $before = Get-Hash there.img
        New-DiskImage ./there.img 1MB -Format Raw -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "DestinationExists,$class"
        $errors.CategoryInfo.Category | Should -Be 'ResourceExists'
        $errors.TargetObject | Should -Be './there.img'
        $errors.ErrorDetails.RecommendedAction | Should -BeLike '*-Force*'
        New-DiskImage there.img 1MB -Format Raw -Force:$false -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        Get-Hash there.img | Should -Be $before
        (New-DiskImage there.img 2MB -Format Raw -Force).VirtualSize | Should -Be 2MB
    }

    It 'says that the folder is missing' {
        New-DiskImage none/x.img 1MB -Format Raw -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'none/x.img'
        $errors.Exception.Message | Should -BeLike '*folder*none*does not exist*'
    }

    It 'makes an image over a backing file, with its size' {
        $null = New-DiskImage base.qcow2 3MB -Format Qcow2
        $info = New-DiskImage top.qcow2 -Format Qcow2 -BackingFile base.qcow2
        $info.VirtualSize, $info.BackingFile | Should -Be 3MB, 'base.qcow2'
        (New-DiskImage grown.qcow2 -Format Qcow2 -ParentPath ./base.qcow2 -SizeBytes 5MB).VirtualSize | Should -Be 5MB
    }

    It 'names the backing file that is missing' {
        New-DiskImage over.qcow2 -Format Qcow2 -BackingFile none.qcow2 -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "PathNotFound,$class"
        $errors.TargetObject | Should -Be 'none.qcow2'
        'over.qcow2' | Should -Not -Exist
    }

    It 'takes the options of qemu-img' {
        $info = New-DiskImage options.qcow2 1MB -Format Qcow2 -Option @{ Refcount_Bits = 8; lazy_refcounts = $true } -ClusterSize 4KB
        $info.ClusterSize, $info.FormatDetails.refcount_bits, $info.FormatDetails.lazy_refcounts | Should -Be 4KB, 8, $true
        (New-DiskImage v2.qcow2 1MB -Format Qcow2 -SubFormat v2).SubFormat | Should -Be 'v2'
    }

    It 'refuses <what>' -ForEach @(
        @{ what = 'an unknown option'; parameters = @{ Format = 'Qcow2'; Option = @{ colour = 'blue' } } }
        @{ what = 'a cluster size of raw'; parameters = @{ Format = 'Raw'; ClusterSize = 4KB } }
        @{ what = 'an odd cluster size'; parameters = @{ Format = 'Qcow2'; ClusterSize = 5000 } }
        @{ what = 'metadata of raw'; parameters = @{ Format = 'Raw'; Preallocation = 'Metadata' } }
        @{ what = 'a size of 8 EiB'; parameters = @{ Format = 'Raw'; Size = '8EiB' } }
    ) {
        $all = @{ Size = 1MB } + @{}
        foreach ($name in $parameters.Keys) { $all[$name] = $parameters[$name] }
        New-DiskImage refused @all -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class"
        Get-ChildItem refused* | Should -BeNullOrEmpty
    }

    It 'completes the format' {
        (TabExpansion2 'New-DiskImage x -Format ').CompletionMatches.CompletionText | Should -Be 'Qcow2', 'Raw', 'Vdi', 'Vhd', 'Vhdx', 'Vmdk'
        (TabExpansion2 'New-DiskImage x -Preallocation F').CompletionMatches.CompletionText | Should -Be 'Falloc', 'Full'
    }

    It 'makes what qemu-img finds sound' {
        if (-not (Get-Command qemu-img -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'qemu-img is not installed'
            return
        }

        $null = New-DiskImage q.qcow2 10MB -Format Qcow2 -Preallocation Metadata
        qemu-img check -q (Get-FullPath q.qcow2)
        $LASTEXITCODE | Should -Be 0
    }
}
