<#
.SYNOPSIS
    Measures how long the import of the module takes, beside that of a binary module with nothing in it.
.DESCRIPTION
    Each import is the first of a new process, as a user meets it; the two modules take turns. The goal is a ratio of at most 1.5.
#>
[CmdletBinding()]
param(
    # How often each module is imported.
    [ValidateRange(1, 1000)]
    [int] $Count = 15
)

$ErrorActionPreference = 'Stop'
$module = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'OpenStackStorage.psd1'
$folder = Join-Path ([IO.Path]::GetTempPath()) "openstackstorage-import-$PID"
$shell = (Get-Process -Id $PID).Path

function Measure-Import([string] $Path) {
    $script = "`$watch = [Diagnostics.Stopwatch]::StartNew(); Import-Module '$Path'; `$watch.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)"
    [double]::Parse((& $shell -NoProfile -NonInteractive -Command $script), [cultureinfo]::InvariantCulture)
}

function Get-Median([double[]] $Value) {
    ($Value | Sort-Object)[[Math]::Floor($Value.Count / 2)]
}

$null = New-Item -ItemType Directory -Path $folder
try {
    $empty = Join-Path $folder 'Empty.psd1'
    Add-Type -TypeDefinition 'public sealed class Empty { }' -OutputAssembly (Join-Path $folder 'Empty.dll') -OutputType Library
    New-ModuleManifest -Path $empty -RootModule 'Empty.dll' -CompatiblePSEditions Core -PowerShellVersion 7.6 -CmdletsToExport @() -FunctionsToExport @() -AliasesToExport @() -VariablesToExport @()
    $null = Measure-Import $empty
    $null = Measure-Import $module
    $times = @{ Empty = @(); Module = @() }
    for ($i = 0; $i -lt $Count; $i++) {
        $times.Empty += Measure-Import $empty
        $times.Module += Measure-Import $module
    }
}
finally {
    Remove-Item -LiteralPath $folder -Recurse -Force
}

[pscustomobject] @{
    EmptyMilliseconds  = [Math]::Round((Get-Median $times.Empty), 1)
    ModuleMilliseconds = [Math]::Round((Get-Median $times.Module), 1)
    Ratio              = [Math]::Round((Get-Median $times.Module) / (Get-Median $times.Empty), 2)
    Count              = $Count
}
