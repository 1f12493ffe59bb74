BeforeDiscovery {
    $root = (Resolve-Path -LiteralPath "$PSScriptRoot/../..").Path
    $pages = @(Get-ChildItem -Path "$root/docs/en-US/*-*.md" | ForEach-Object { @{ Name = $_.BaseName; Path = $_.FullName } })
    $topics = @(Get-ChildItem -Path "$root/docs/en-US/about_*.md" | ForEach-Object { @{ Name = $_.BaseName; Path = $_.FullName } })
}

BeforeAll {
    $root = (Resolve-Path -LiteralPath "$PSScriptRoot/../..").Path
    if (Test-Path -LiteralPath "$root/OpenStackStorage.psd1") {
        Import-Module -Name "$root/OpenStackStorage.psd1" -Force
    }
}

Describe 'Help of <Name>' -ForEach $pages {
    It 'is a page as PlatyPS reads it' {
        if (-not (Get-Module -ListAvailable -Name Microsoft.PowerShell.PlatyPS)) {
            Set-ItResult -Skipped -Because 'Microsoft.PowerShell.PlatyPS is not installed'
            return
        }

        # Its -LiteralPath returns nothing in 1.0.3.
        $details = Test-MarkdownCommandHelp -Path $Path -DetailView
        $details.Messages | Where-Object { $_ -like 'FAIL*' } | Should -BeNullOrEmpty
        $details.IsValid | Should -BeTrue
    }

    It 'says in PlatyPS what the command is' {
        if (-not (Get-Module -ListAvailable -Name Microsoft.PowerShell.PlatyPS)) {
            Set-ItResult -Skipped -Because 'Microsoft.PowerShell.PlatyPS is not installed'
            return
        }

        $command = Get-Command -Name $Name
        $page = Import-MarkdownCommandHelp -LiteralPath $Path
        $page.Title | Should -BeExactly $Name
        $page.Synopsis | Should -Not -BeNullOrEmpty
        $page.Examples.Count | Should -BeGreaterOrEqual 3
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters
        $parameters = $command.Parameters.Keys | Where-Object { $_ -notin $common }
        $page.Parameters.Name | Sort-Object | Should -Be ($parameters | Sort-Object)
    }

    It 'is found by Get-Help, with synopsis, examples and every parameter' {
        $help = Get-Help -Name $Name -Full
        $help.Synopsis | Should -Not -Match '^\s*$'
        $help.Synopsis | Should -Not -Match ([regex]::Escape("$Name ["))
        @($help.examples.example).Count | Should -BeGreaterOrEqual 3
        $help.examples.example | ForEach-Object { $_.code | Should -Not -BeNullOrEmpty }
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters
        foreach ($parameter in (Get-Command -Name $Name).Parameters.Values | Where-Object Name -NotIn $common) {
            $found = $help.parameters.parameter | Where-Object name -EQ $parameter.Name
            $found | Should -Not -BeNullOrEmpty -Because "-$($parameter.Name) needs help"
            $found.description.Text | Should -Not -BeNullOrEmpty
        }
    }

    It 'shows the syntax that the command has' {
        $expected = (Get-Command -Name $Name).ParameterSets | ForEach-Object { "$Name $_" -replace '\s+', ' ' } | Sort-Object
        $page = Get-Content -LiteralPath $Path -Raw
        $section = [regex]::Match($page, '(?s)## SYNTAX(.*?)## ALIASES').Groups[1].Value
        $found = [regex]::Matches($section, '(?s)```\n(.*?)\n```') | ForEach-Object { $_.Groups[1].Value -replace '\s+', ' ' } | Sort-Object
        $found | Should -Be $expected
        $page | Should -Not -Match 'ProgressAction'
    }

    It 'has examples that parse, with commands and parameters that exist' {
        foreach ($example in (Get-Help -Name $Name -Full).examples.example) {
            $tokens = $null
            $problems = $null
            $code = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref] $tokens, [ref] $problems)
            $problems | Should -BeNullOrEmpty -Because $example.title
            $calls = $code.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)
            foreach ($call in $calls | Where-Object { $_.GetCommandName() }) {
                $command = Get-Command -Name $call.GetCommandName() -ErrorAction Ignore
                if ($command.ModuleName -ne 'OpenStackStorage') {
                    continue
                }

                $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] } | ForEach-Object {
                    { $command.ResolveParameter($_.ParameterName) } | Should -Not -Throw -Because "$($example.title) gives -$($_.ParameterName)"
                }
            }
        }
    }
}

Describe 'Topic <Name>' -ForEach $topics {
    It 'is found by Get-Help with its short description' {
        if (-not (Get-Module -Name OpenStackStorage)) {
            Set-ItResult -Skipped -Because 'the module is not built'
            return
        }

        $markdown = Get-Content -LiteralPath $Path -Raw
        $short = [regex]::Match($markdown, '## SHORT DESCRIPTION\s+(.+)').Groups[1].Value.Replace('`', '')
        $help = Get-Help -Name $Name
        # A lone topic comes back as its text, several as objects; the list always has the synopsis.
        $help | Out-String | Should -Match ([regex]::Escape($short))
    }
}
