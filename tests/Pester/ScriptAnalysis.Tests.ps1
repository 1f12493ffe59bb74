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

        $options = @{ Settings = "$PSScriptRoot/../../PSScriptAnalyzerSettings.psd1" }
        if ($Name -like '*.Tests.ps1') {
            # Pester carries variables from block to block; the rule can't see it.
            $options.ExcludeRule = 'PSUseDeclaredVarsMoreThanAssignments'
        }

        $findings = Invoke-ScriptAnalyzer -Path $Path @options
        $findings | ForEach-Object { "$($_.Line): $($_.RuleName): $($_.Message)" } | Should -BeNullOrEmpty
    }
}
