<#
.SYNOPSIS
    Runs the Pester suite and writes its counts as JSON. Exit 0: all passed, 1: some failed, 3: there is no Pester.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $ResultPath,

    # One file or folder instead of the whole suite.
    [string] $Path = $PSScriptRoot
)

$ErrorActionPreference = 'Stop'
$minimum = [version] '5.5'

function Find-Pester {
    Get-Module -ListAvailable -Name Pester | Where-Object Version -GE $minimum | Sort-Object Version | Select-Object -Last 1
}

if (-not (Find-Pester) -and (Get-Command -Name Install-PSResource -ErrorAction Ignore)) {
    try {
        Install-PSResource -Name Pester -Version "[$minimum, )" -Scope CurrentUser -TrustRepository -Quiet
    }
    catch {
        Write-Warning "Pester can't be installed: $_"
    }
}

$pester = Find-Pester
if (-not $pester) {
    Write-Warning "Pester $minimum or later is not installed."
    exit 3
}

Import-Module -Name $pester.Path
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.CIFormat = 'None'
if ([Console]::IsOutputRedirected) {
    $configuration.Output.RenderMode = 'Plaintext'
}

if ($configuration.Run.PSObject.Properties['FailOnNullOrEmptyForEach']) {
    # Pester 6: no page yet is no failure here; the xUnit suite names missing pages.
    $configuration.Run.FailOnNullOrEmptyForEach = $false
}

$result = Invoke-Pester -Configuration $configuration

$containers = $result.Containers | Where-Object { $_.Result -eq 'Failed' -and $_.ErrorRecord }
$counts = [ordered] @{
    passed  = $result.PassedCount
    failed  = @($result.Failed | ForEach-Object ExpandedPath) + @($containers | ForEach-Object { "$($_.Item): $($_.ErrorRecord[0])" })
    skipped = @($result.Tests | Where-Object Result -In Skipped, NotRun, Inconclusive | ForEach-Object {
            $reason = if ($_.ErrorRecord) { "$($_.ErrorRecord[0])" -replace '^is skipped, because ' } else { 'its condition does not hold here' }
            [ordered] @{ name = $_.ExpandedPath; reason = $reason }
        })
}
$counts | ConvertTo-Json -Depth 4 | Set-Content -LiteralPath $ResultPath
exit [int] ($counts.failed.Count -gt 0)
