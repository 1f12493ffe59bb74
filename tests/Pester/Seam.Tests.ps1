#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }
# What every cmdlet stands on, shown by the cmdlets of tests/SeamProbe. Build first.

BeforeAll {
    $script:root = Split-Path (Split-Path $PSScriptRoot)
    $script:module = Join-Path $root 'OpenStackStorage.psd1'
    $script:probe = Get-ChildItem (Join-Path $root 'artifacts/bin/SeamProbe/*/SeamProbe.dll') |
        Sort-Object LastWriteTime | Select-Object -Last 1 -ExpandProperty FullName
    Import-Module $module -Force
    Import-Module $probe
    Update-TypeData -PrependPath (Join-Path $root 'tests/SeamProbe/SeamProbe.Types.ps1xml')

    # A second pipeline that a test can watch and stop.
    function Open-Pipeline([string] $Script) {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$module'; Import-Module '$probe'; Set-Location -LiteralPath '$(Convert-Path TestDrive:/)'").Invoke()
        $shell.Commands.Clear()
        $null = $shell.AddScript($Script)
        [pscustomobject]@{ Shell = $shell; Run = $shell.BeginInvoke() }
    }

    function Wait-Until([scriptblock] $Condition) {
        for ($i = 0; $i -lt 500 -and -not (& $Condition); $i++) { Start-Sleep -Milliseconds 10 }
        & $Condition | Should -BeTrue
    }
}

AfterAll {
    Remove-Module SeamProbe, OpenStackStorage -ErrorAction Ignore
}

Describe 'The module' {
    It 'imports again with -Force, silently' {
        Import-Module $module -Force -PassThru -WarningVariable warnings -ErrorVariable errors |
            Select-Object -ExpandProperty Name | Should -Be 'OpenStackStorage'
        $warnings | Should -BeNullOrEmpty
        $errors | Should -BeNullOrEmpty
    }

    It 'has a valid manifest' {
        (Test-ModuleManifest $module).CompatiblePSEditions | Should -Be 'Core'
    }

    It 'loads the libraries of others in a context of their own, also after a second import' {
        $copy = New-Item -ItemType Directory TestDrive:/copy/bin/dependencies
        Copy-Item $module TestDrive:/copy
        Copy-Item (Join-Path $root 'bin/OpenStackStorage*') TestDrive:/copy/bin
        Copy-Item $probe $copy.FullName # any assembly will do
        pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$(Convert-Path TestDrive:/copy)/OpenStackStorage.psd1'
            Import-Module '$(Convert-Path TestDrive:/copy)/OpenStackStorage.psd1' -Force
            `$name = [Reflection.AssemblyName]::new('SeamProbe')
            `$foreign = [Runtime.Loader.AssemblyLoadContext]::Default.LoadFromAssemblyName(`$name)
            [Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$foreign).Name
            Remove-Module OpenStackStorage
            try { [Runtime.Loader.AssemblyLoadContext]::Default.LoadFromAssemblyName([Reflection.AssemblyName]::new('SeamOther')) } catch { 'none' }
        " | Should -Be 'OpenStackStorage.Dependencies', 'none'
    }

    It 'has no stub of PowerShell beside it' {
        Join-Path $root 'bin/System.Management.Automation.dll' | Should -Not -Exist
    }
}

Describe 'Paths' {
    BeforeAll {
        Push-Location TestDrive:/
        'a', 'b', 'bad', '[x]', 'x' | ForEach-Object { Set-Content -LiteralPath "$_.img" -Value 1 }
        $null = New-Item -ItemType Directory sub.img, below
        Set-Content below/deep.img 1
    }

    AfterAll { Pop-Location }

    It 'takes wildcards, and skips folders that they match' {
        Get-SeamProbe [a-b].img | Split-Path -Leaf | Should -Be 'a.img', 'b.img'
        Get-SeamProbe s*.img -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be 'PathNotFound,SeamProbe.GetSeamProbeCommand'
    }

    It 'gives paths of the file system for paths on a drive' {
        (Get-SeamProbe TestDrive:/a.img).Path | Should -Be (Join-Path (Get-Item TestDrive:/).FullName 'a.img')
        (Get-SeamProbe a.img -DestinationPath TestDrive:/new.img).Path | Should -Be (Join-Path (Get-Item TestDrive:/).FullName 'new.img')
    }

    It 'follows Set-Location and not the process' {
        Push-Location below
        try { (Get-SeamProbe deep.img).Path | Should -BeLike '*below*deep.img' } finally { Pop-Location }
        [Environment]::CurrentDirectory | Should -Not -Be (Get-Item TestDrive:/below).FullName
    }

    It 'takes <_> as they are named, brackets and all' -ForEach 'files', 'plain files', 'own outputs', 'PSPath' {
        $found = switch ($_) {
            'files' { Get-ChildItem -LiteralPath '[x].img' | Get-SeamProbe }
            'plain files' { [IO.FileInfo]::new((Get-Item -LiteralPath '[x].img').FullName) | Get-SeamProbe }
            'own outputs' { Get-SeamProbe -LiteralPath '[x].img' | Get-SeamProbe }
            'PSPath' { [pscustomobject]@{ Path = 'x.img'; PSPath = '[x].img' } | Get-SeamProbe }
        }
        Split-Path -Leaf $found.Path | Should -Be '[x].img'
        $found.Set | Should -Be 'LiteralPath'
    }

    It 'takes strings and rows with a Path from the pipeline' {
        'a.img', '[b].img' | Get-SeamProbe | Split-Path -Leaf | Should -Be 'a.img', 'b.img'
        [pscustomobject]@{ Path = 'a.img' } | Get-SeamProbe | Split-Path -Leaf | Should -Be 'a.img'
    }

    It 'takes paths by position, although the literal set is the default' {
        Get-SeamProbe a.img | Split-Path -Leaf | Should -Be 'a.img'
        (Get-SeamProbe a.img new.img).Set | Should -Be 'Path'
        Get-SeamProbe a.img new.img | Split-Path -Leaf | Should -Be 'new.img'
        Get-SeamProbe -LiteralPath '[x].img' new.img | Split-Path -Leaf | Should -Be 'new.img'
    }

    It 'says <id> for <path>' -ForEach @(
        @{ path = 'none.img'; id = 'PathNotFound' }
        @{ path = "a`0b"; id = 'PathNotSupported' }
        @{ path = '*.none'; id = 'PathNotFound' }
        @{ path = 'Nope:/x.img'; id = 'PathNotFound' }
        @{ path = 'Env:PATH'; id = 'PathNotFileSystem' }
        @{ path = 'Nope::x.img'; id = 'PathNotFileSystem' }
    ) {
        Get-SeamProbe $path -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.Count | Should -Be 1
        $errors[0].FullyQualifiedErrorId | Should -Be "$id,SeamProbe.GetSeamProbeCommand"
        $errors[0].TargetObject | Should -Be $path
    }
}

Describe 'Errors' {
    BeforeAll {
        Push-Location TestDrive:/
        'a', 'bad', 'c' | ForEach-Object { Set-Content "$_.img" 1 }
    }

    AfterAll { Pop-Location }

    It 'leave the other items alone' {
        'a.img', 'bad.img', 'c.img' | Get-SeamProbe -ErrorAction SilentlyContinue -ErrorVariable errors |
            Split-Path -Leaf | Should -Be 'a.img', 'c.img'
        $errors.Count | Should -Be 1
    }

    It 'carry the id, the category, the path as typed, and what to do' {
        Get-SeamProbe ./bad.img -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors[0].FullyQualifiedErrorId | Should -Be 'ImageCorrupt,SeamProbe.GetSeamProbeCommand'
        $errors[0].CategoryInfo.Category | Should -Be 'InvalidData'
        $errors[0].TargetObject | Should -Be './bad.img'
        $errors[0].ErrorDetails.RecommendedAction | Should -Be ([OpenStackStorage.ErrorIds]::ImageCorrupt.Remedy)
    }

    It 'name the match where a wildcard was typed' {
        Get-SeamProbe b*.img -ErrorAction SilentlyContinue -ErrorVariable errors
        Split-Path -Leaf $errors[0].TargetObject | Should -Be 'bad.img'
        $errors[0].TargetObject | Should -Not -Be 'b*.img'
    }

    It 'name the destination as typed when it is to blame' {
        Get-SeamProbe a.img -DestinationPath ./c.img -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors[0].FullyQualifiedErrorId | Should -Be 'DestinationExists,SeamProbe.GetSeamProbeCommand'
        $errors[0].TargetObject | Should -Be './c.img'
    }

    It 'end the command when they are fatal' {
        { 'a.img', 'c.img' | Get-SeamProbe -Fatal -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'ImageCorrupt,SeamProbe.GetSeamProbeCommand'
    }

    It 'stop the script with -ErrorAction Stop' {
        { Get-SeamProbe bad.img -ErrorAction Stop } | Should -Throw -ErrorId 'ImageCorrupt,SeamProbe.GetSeamProbeCommand'
    }
}

Describe 'Sizes' {
    It 'refuses <_> in words' -ForEach '10X', -5, 1.5, 'GB' {
        { Invoke-SeamProbe TestDrive:/size -Size $_ -WhatIf } | Should -Throw "*'$_' is not a size*" -ErrorId 'ParameterArgumentTransformationError,*'
    }

    It 'takes <_>' -ForEach 10GB, '10GB', '10GiB', '10G', 1.5GB, 0 {
        { Invoke-SeamProbe TestDrive:/size -Size $_ -WhatIf } | Should -Not -Throw
    }
}

Describe 'Work in a pipeline' {
    BeforeAll { Push-Location TestDrive:/ }

    AfterAll { Pop-Location }

    It 'changes nothing with -WhatIf' {
        Invoke-SeamProbe whatif -Count 3 -WhatIf | Should -BeNullOrEmpty
        'whatif' | Should -Not -Exist
    }

    It 'puts each output on its stream, in order' {
        $all = Invoke-SeamProbe out -Count 3 -Verbose *>&1
        $all | Where-Object { $_ -is [int] } | Should -Be 0, 1, 2
        $all | Where-Object { $_ -is [System.Management.Automation.WarningRecord] } | Should -Be 'this is a probe'
        $all | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } | Select-Object -Last 1 | Should -Be 'working'
        'out' | Should -Exist
    }

    It 'writes the error of the work and goes on with the next item' {
        'bad1', 'bad2' | Invoke-SeamProbe -Bad -Count 1 -WarningAction Ignore -ErrorAction SilentlyContinue -ErrorVariable errors | Should -Be 0, 0
        $errors.FullyQualifiedErrorId | Should -Be (@('WriteFailed,SeamProbe.InvokeSeamProbeCommand') * 2)
        $errors.TargetObject | Should -Be 'bad1', 'bad2'
        'bad1' | Should -Not -Exist
    }

    It 'ends early, and cleans up, when nobody reads on' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Invoke-SeamProbe first -Count 1000 -Duration 0:0:20 -WarningAction Ignore | Select-Object -First 2 | Should -Be 0, 1
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 5
        'first' | Should -Not -Exist
    }

    It 'stops within 250 ms and leaves nothing behind' {
        $pipeline = Open-Pipeline 'Invoke-SeamProbe stopped -Duration 0:0:20 -Size 10GB'
        Wait-Until { Test-Path stopped }
        Start-Sleep -Milliseconds 800 # past the first progress record
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $pipeline.Shell.Stop()
        $watch.ElapsedMilliseconds | Should -BeLessThan 250
        'stopped' | Should -Not -Exist
        $pipeline.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $pipeline.Shell.Streams.Error.Count | Should -Be 0
        $pipeline.Shell.Dispose()
    }

    It 'shows progress of long work, and ends it' {
        $pipeline = Open-Pipeline 'Invoke-SeamProbe long -Duration 0:0:3 -Size 10GB'
        $null = $pipeline.Shell.EndInvoke($pipeline.Run)
        $records = @($pipeline.Shell.Streams.Progress | Where-Object Activity -Like 'Probing the seam: *')
        $records.Count | Should -BeGreaterThan 5
        $records.Count | Should -BeLessThan 16
        $records[0].PercentComplete | Should -BeGreaterThan 10
        $records[0].StatusDescription | Should -Match '^[\d.]+ [GM]iB of 10 GiB, [\d.]+ [GM]iB/s$'
        $records[0].SecondsRemaining | Should -Be -1
        $records[-2].SecondsRemaining | Should -BeIn 0, 1
        $records.RecordType | Select-Object -Last 1 | Should -Be 'Completed'
        @($records.RecordType -eq 'Completed').Count | Should -Be 1
        $pipeline.Shell.Dispose()
    }

    It 'ends the progress also of work that <_>' -ForEach 'fails', 'loses its reader' {
        $script = switch ($_) {
            'fails' { 'Invoke-SeamProbe end -Duration 0:0:1 -Bad' }
            'loses its reader' { 'Invoke-SeamProbe end -Duration 0:0:1 -Count 100 | ForEach-Object { Start-Sleep -Milliseconds 200; $_ } | Select-Object -First 4' }
        }
        $pipeline = Open-Pipeline $script
        $null = $pipeline.Shell.EndInvoke($pipeline.Run)
        $records = @($pipeline.Shell.Streams.Progress | Where-Object Activity -Like 'Probing the seam: *')
        $records.RecordType | Select-Object -Last 1 | Should -Be 'Completed'
        $pipeline.Shell.Dispose()
    }

    It 'shows no progress of short work' {
        $pipeline = Open-Pipeline 'Invoke-SeamProbe short -Duration 0:0:0.1'
        $null = $pipeline.Shell.EndInvoke($pipeline.Run)
        @($pipeline.Shell.Streams.Progress | Where-Object Activity -Like 'Probing the seam: *').Count | Should -Be 0
        $pipeline.Shell.Dispose()
    }

    It 'runs in ForEach-Object -Parallel' {
        $folder = Convert-Path TestDrive:/
        1..4 | ForEach-Object -Parallel {
            Import-Module $using:module
            Import-Module $using:probe
            Invoke-SeamProbe "$using:folder/parallel$_" -Count 1 -WarningAction Ignore
        } | Should -Be 0, 0, 0, 0
    }
}

Describe 'Work in a job' {
    BeforeAll { Push-Location TestDrive:/ }

    AfterEach { Get-Job | Remove-Job -Force }

    AfterAll { Pop-Location }

    It 'runs every item, one after the other, in one job' {
        $job = 'one', 'two' | Invoke-SeamProbe -Count 2 -Duration 0:0:0.2 -AsJob
        @($job).Count | Should -Be 1
        $job.State | Should -Be 'Running'
        (Get-Job -Id $job.Id).InstanceId | Should -Be $job.InstanceId
        (Wait-Job $job -Timeout 10).State | Should -Be 'Completed'
        Receive-Job $job -WarningVariable warnings -WarningAction SilentlyContinue | Should -Be 0, 1, 0, 1
        $warnings.Count | Should -Be 2
        $job.HasMoreData | Should -BeFalse
        'one', 'two' | Should -Exist
    }

    It 'gives its output while it runs' {
        $job = Invoke-SeamProbe wait -Count 2 -Duration 0:0:0.5 -AsJob
        $job | Receive-Job -Wait -WarningAction Ignore | Should -Be 0, 1
        $job.State | Should -Be 'Completed'
    }

    It 'keeps verbose and progress' {
        $job = Invoke-SeamProbe streams -Duration 0:0:1 -AsJob | Wait-Job -Timeout 10
        $job.Verbose | Should -Be 'working'
        $job.Progress[-1].RecordType | Should -Be 'Completed'
        $job.StatusMessage | Should -Match '^[\d.]+ [GM]iB of 1 GiB, '
    }

    It 'fails when an item failed, with the error that the pipeline would give' {
        $job = 'f1', 'f2' | Invoke-SeamProbe -Bad -AsJob | Wait-Job -Timeout 10
        $job.State | Should -Be 'Failed'
        $job.Error.FullyQualifiedErrorId | Should -Be (@('WriteFailed,SeamProbe.InvokeSeamProbeCommand') * 2)
        Receive-Job $job -ErrorAction SilentlyContinue -ErrorVariable errors -WarningAction Ignore
        $errors[0].FullyQualifiedErrorId | Should -Be 'WriteFailed,SeamProbe.InvokeSeamProbeCommand'
        $errors.TargetObject | Should -Be 'f1', 'f2'
    }

    It 'stops, waits, and leaves nothing behind' {
        $job = 's1', 's2' | Invoke-SeamProbe -Duration 0:0:20 -AsJob
        Wait-Until { Test-Path s1 }
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $job | Stop-Job
        $watch.ElapsedMilliseconds | Should -BeLessThan 250
        $job.State | Should -Be 'Stopped'
        's1', 's2' | Should -Not -Exist
        $job.Error.Count | Should -Be 0
    }

    It 'asks before it starts' {
        Invoke-SeamProbe asked -AsJob -WhatIf | Should -BeNullOrEmpty
        Get-Job | Should -BeNullOrEmpty
    }

    It 'goes with Remove-Job -Force while it runs' {
        $job = Invoke-SeamProbe removed -Duration 0:0:20 -AsJob
        Wait-Until { Test-Path removed }
        Remove-Job $job -Force
        Get-Job | Should -BeNullOrEmpty
        'removed' | Should -Not -Exist
    }
}
