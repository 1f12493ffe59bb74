BeforeAll {
    $root = (Resolve-Path -LiteralPath "$PSScriptRoot/../..").Path
    $hasModule = Test-Path -LiteralPath "$root/OpenStackStorage.psd1"
    if ($hasModule) {
        $helper = Join-Path $root 'src/OpenStackStorage.Help'
        $lines = @(dotnet run --project $helper -c Release --no-build -- package)
        $exitCode = $LASTEXITCODE
        $folder, $nupkg = $lines | Select-Object -Last 2
    }
}

Describe 'The package' {
    BeforeEach {
        if (-not $hasModule) {
            Set-ItResult -Skipped -Because 'the module is not built'
        }
    }

    It 'is made' {
        $exitCode | Should -Be 0
        $folder | Should -Exist
        $nupkg | Should -Exist
    }

    It 'has a valid manifest whose file list is what lies there' {
        $manifest = Test-ModuleManifest -Path "$folder/OpenStackStorage.psd1"
        $listed = $manifest.FileList | ForEach-Object { [IO.Path]::GetRelativePath($folder, $_) } | Sort-Object
        $found = Get-ChildItem -LiteralPath $folder -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($folder, $_.FullName) } | Sort-Object
        $listed | Should -Be $found
        $manifest.Version.ToString() | Should -Be (Split-Path -Leaf $folder)
    }

    It 'imports in a new session, without a message, and exports what it lists' {
        $script = {
            param($Module)
            $ErrorActionPreference = 'Stop'
            $imported = Import-Module -Name $Module -PassThru
            $imported.ExportedCmdlets.Keys | Sort-Object
        }
        $output = & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script -args "$folder/OpenStackStorage.psd1" 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$output"
        $output | Should -Be ((Import-PowerShellDataFile -LiteralPath "$folder/OpenStackStorage.psd1").CmdletsToExport | Sort-Object)
    }

    It 'has its help beside it' {
        $script = {
            param($Module)
            Import-Module -Name $Module
            Get-Command -Module OpenStackStorage | ForEach-Object { (Get-Help -Name $_.Name).details.description.Text }
        }
        $output = & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script -args "$folder/OpenStackStorage.psd1"
        @($output | Where-Object { $_ }).Count | Should -Be (Import-PowerShellDataFile -LiteralPath "$folder/OpenStackStorage.psd1").CmdletsToExport.Count
    }
}
