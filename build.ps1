#!/usr/bin/env pwsh
#requires -Version 7.6
<#
.SYNOPSIS
    Runs one of the repository's tasks: the same as build.sh.
.PARAMETER Task
    Build: restore, build, quick start. Test: all tests, the last line is the sum. TestLong: the same with the tests
    that take long. Docs: renew the generated parts of docs/ and en-US/. Package: module folder and nupkg under
    artifacts/. Bench: benchmarks against qemu-img.
.EXAMPLE
    ./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'TestLong', 'Docs', 'Package', 'Bench')]
    [string] $Task = 'Build'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$results = 'artifacts/test-results'
$benchmarks = 'tests/Benchmarks/OpenStackStorage.Benchmarks.csproj'
# Not 'dotnet build': that prints a summary whatever it is told.
$build = 'msbuild', 'OpenStackStorage.slnx', '-restore', '-p:Configuration=Release', '-m', '-nologo', '-v:quiet'
# The module is loaded in a process of its own, so that this session never holds its files open.
$pwsh = (Get-Process -Id $PID).Path

function Invoke-Native {
    param([string] $Command, [string[]] $ArgumentList)

    & $Command @ArgumentList | Out-Host
    if ($LASTEXITCODE -ne 0) {
        exit $LASTEXITCODE
    }
}

function Invoke-Build {
    '== build' | Out-Host
    Invoke-Native -Command dotnet -ArgumentList $build
}

function Invoke-Helper {
    param([string[]] $ArgumentList)

    Invoke-Native -Command dotnet -ArgumentList (@('run', '--project', 'src/OpenStackStorage.Help', '-c', 'Release', '--no-build', '--') + $ArgumentList)
}

function Invoke-QuickStart {
    '== quick start' | Out-Host
    Invoke-Native -Command $pwsh -ArgumentList '-NoProfile', '-NonInteractive', '-File', examples/QuickStart.ps1
}

function Invoke-TestSuite {
    param([string[]] $Filter)

    $options = @()
    Remove-Item -LiteralPath $results -Recurse -Force -ErrorAction Ignore
    New-Item -ItemType Directory -Path $results | Out-Null
    '== build' | Out-Host
    dotnet @build | Out-Host
    if ($LASTEXITCODE -ne 0) {
        'failed: the build', '0 passed, 1 failed, 0 skipped' | Out-Host
        exit 1
    }

    '== xUnit' | Out-Host
    dotnet test OpenStackStorage.slnx -c Release --no-build -v quiet --logger trx @Filter | Out-Host
    if ($LASTEXITCODE -ne 0) {
        $options += '--failed', "dotnet test ended with exit code $LASTEXITCODE"
    }

    '== Pester' | Out-Host
    & $pwsh -NoProfile -NonInteractive -File tests/Pester/Invoke-Suite.ps1 -ResultPath "$results/pester.json" | Out-Host
    if ($LASTEXITCODE -eq 3) {
        $options += '--no-pester', 'Pester is not installed and Install-PSResource does not bring it'
    }
    elseif ($LASTEXITCODE -ne 0) {
        $options += '--failed', "the Pester suite ended with exit code $LASTEXITCODE"
    }

    '== sum' | Out-Host
    Invoke-Helper -ArgumentList (@('summary', $results) + $options)
}

Push-Location -LiteralPath $PSScriptRoot
try {
    switch ($Task) {
        Build {
            Invoke-Build
            Invoke-QuickStart
        }
        Test {
            Invoke-TestSuite -Filter '--filter', 'Category!=Long'
        }
        TestLong {
            Invoke-TestSuite
        }
        Docs {
            Invoke-Build
            Invoke-Helper -ArgumentList update
            Invoke-Helper -ArgumentList build
            Invoke-Helper -ArgumentList check
        }
        Package {
            Invoke-Build
            Invoke-Helper -ArgumentList package
        }
        Bench {
            if (-not (Test-Path -LiteralPath $benchmarks)) {
                throw "There are no benchmarks yet: $benchmarks does not exist."
            }

            Invoke-Native -Command dotnet -ArgumentList 'run', '--project', $benchmarks, '-c', 'Release'
        }
    }
}
finally {
    Pop-Location
}
