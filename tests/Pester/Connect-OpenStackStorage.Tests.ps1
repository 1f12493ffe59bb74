BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.ConnectOpenStackStorageCommand'
    $root = $env:OPENSTACKSTORAGE_ROOT
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    $env:OPENSTACKSTORAGE_ROOT = $root
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Connect-, Get- and Disconnect-OpenStackStorage' {
    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
    }

    It 'opens a folder of a drive of PowerShell, and again' {
        $first = Connect-OpenStackStorage ./lab
        $first.Path | Should -Be (Join-Path $TestDrive 'lab')
        $first.Project, $first.Roles | Should -Be 'default', 'admin'
        Disconnect-OpenStackStorage
        (Connect-OpenStackStorage -Path TestDrive:/lab).StoreId | Should -Be $first.StoreId
    }

    It 'opens the folder that OPENSTACKSTORAGE_ROOT names' {
        $env:OPENSTACKSTORAGE_ROOT = Join-Path $TestDrive 'default'
        (Connect-OpenStackStorage).Path | Should -Be (Join-Path $TestDrive 'default')
    }

    It 'makes nothing with -WhatIf' {
        Connect-OpenStackStorage ./none -WhatIf | Should -BeNullOrEmpty
        './none' | Should -Not -Exist
        Get-OpenStackStorage | Should -BeNullOrEmpty
    }

    It 'has the identity that was asked for' {
        $sam = Connect-OpenStackStorage ./lab -User sam -Project web -Role member, reader
        $sam.User, $sam.Project, ($sam.Roles -join ' ') | Should -Be 'sam', 'web', 'member reader'
    }

    It 'closes by object, and the current one without' {
        $first, $second = 1, 2 | ForEach-Object { Connect-OpenStackStorage ./lab }
        (Get-OpenStackStorage).Current | Should -Be $false, $true
        $first | Disconnect-OpenStackStorage
        $first.Open, $second.Current | Should -Be $false, $true
        Disconnect-OpenStackStorage
        Get-OpenStackStorage | Should -BeNullOrEmpty
        Disconnect-OpenStackStorage
    }

    It 'keeps the connections of runspaces apart' {
        $null = Connect-OpenStackStorage ./lab
        $module = (Get-Module OpenStackStorage).Path
        $shell = [powershell]::Create()
        try {
            $count = $shell.AddScript("Import-Module '$module'; @(Get-OpenStackStorage).Count").Invoke()
            $count | Should -Be 0
        }
        finally { $shell.Dispose() }
    }

    It 'names a folder that is none' {
        $null = New-Item -ItemType Directory ./letters
        Set-Content ./letters/a.txt x
        Connect-OpenStackStorage ./letters -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "StoreInvalid,$class"
        $errors.TargetObject | Should -Be './letters'
    }

    It 'loads the libraries of others from their folder alone, in a context of their own' {
        $null = Connect-OpenStackStorage ./lab
        $sqlite = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Microsoft.Data.Sqlite' }
        $sqlite | Should -HaveCount 1
        Split-Path (Split-Path $sqlite.Location) -Leaf | Should -Be 'dependencies'
        [Runtime.Loader.AssemblyLoadContext]::GetLoadContext($sqlite).Name | Should -Be 'OpenStackStorage.Dependencies'
    }

    It 'has a table of 80 columns' {
        $null = Connect-OpenStackStorage ./lab -User sam -Project web -Role member
        $lines = Get-OpenStackStorage | Get-View
        $lines[0] | Should -BeExactly 'Current User         Project      Roles          Path'
        $lines[2] | Should -Match '^True    sam          web          member         '
    }
}
