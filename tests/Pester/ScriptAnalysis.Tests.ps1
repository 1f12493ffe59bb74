BeforeDiscovery {
    $root = Resolve-Path -LiteralPath "$PSScriptRoot/../.."
    $scripts = Get-ChildItem -LiteralPath $root -File | Where-Object Extension -In '.ps1', '.psd1'
    $scripts = @($scripts) + @(Get-ChildItem -LiteralPath "$root/examples", "$root/tests" -Recurse -File | Where-Object Extension -In '.ps1', '.psd1')
    $cases = $scripts | ForEach-Object { @{ Name = [IO.Path]::GetRelativePath($root, $_.FullName); Path = $_.FullName } }
}

Describe 'Scripts' {
    It 'has no finding in <Name>' -ForEach $cases {
        if (-not (Get-Module -ListAvailable -Name PSScriptAnalyzer)) {
            Set-ItResult -Skipped -Because 'PSScriptAnalyzer is not installed'
            return
        }

        $findings = Invoke-ScriptAnalyzer -Path $Path -Settings "$PSScriptRoot/../../PSScriptAnalyzerSettings.psd1"
        $findings | ForEach-Object { "$($_.Line): $($_.RuleName): $($_.Message)" } | Should -BeNullOrEmpty
    }
}
