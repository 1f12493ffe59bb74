# The module as it is imported, in sessions of their own.

BeforeAll {
    $module = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'OpenStackStorage.psd1'
    $shell = (Get-Process -Id $PID).Path
}

Describe 'The module in a new session' {
    It 'imports without a word on any stream' {
        & $shell -NoProfile -NonInteractive -Command "Import-Module '$module' *>&1" 2>&1 | Should -BeNullOrEmpty
    }

    It 'imports, imports again and goes' {
        & $shell -NoProfile -NonInteractive -Command "
            Import-Module '$module'
            Import-Module '$module' -Force
            (Get-Command -Module OpenStackStorage).Count
            `$null = New-DiskImage '$((Get-Item TestDrive:/).FullName)/x.img' 1MB -Format Raw
            Import-Module '$module' -Force
            (Get-DiskImageInfo '$((Get-Item TestDrive:/).FullName)/x.img').GetType().Name
            Remove-Module OpenStackStorage
            @(Get-Module OpenStackStorage).Count
            @(Get-Command Convert-DiskImage -ErrorAction Ignore -Module OpenStackStorage).Count
        " 2>&1 | Should -Be 123, 'DiskImageInfo', 0, 0
    }

    It 'exports what the manifest lists, and nothing that Windows owns' {
        & $shell -NoProfile -NonInteractive -Command "
            Import-Module '$module'
            (Get-Module OpenStackStorage).ExportedCommands.Keys | Sort-Object
        " | Should -Be ((Import-PowerShellDataFile $module).CmdletsToExport | Sort-Object)
    }

    It 'says what is wrong in one line, without a stack' {
        $text = & $shell -NoProfile -NonInteractive -Command "Import-Module '$module'; Convert-DiskImage none.img -Format Qcow2" 2>&1 | Out-String
        $text | Should -BeLike "*'none.img' does not exist*"
        $text | Should -Not -BeLike '* at OpenStackStorage.*'
    }
}
