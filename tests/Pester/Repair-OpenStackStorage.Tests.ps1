# Get-OpenStackStorageCheck, Test-, Repair-, Export- and Import-OpenStackStorage.

BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    Push-Location TestDrive:/

    # Data that nobody knows stands for all that a check finds.
    function Add-Orphan([string] $Store) {
        $id = [guid]::NewGuid()
        Set-Content "$Store/images/$id" x
        $id
    }

    function Add-Store([string] $Path) {
        $null = Connect-OpenStackStorage $Path
        Disconnect-OpenStackStorage
    }
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Get-OpenStackStorageCheck and Test-OpenStackStorage' {
    AfterEach {
        Get-OpenStackStorage | Disconnect-OpenStackStorage
    }

    It 'says nothing of a sound store, by path, connection and pipeline' {
        $connection = Connect-OpenStackStorage ./sound
        Get-OpenStackStorageCheck ./sound | Should -BeNullOrEmpty
        Get-OpenStackStorageCheck -Connection $connection -Deep | Should -BeNullOrEmpty
        $connection, (Get-Item ./sound) | Test-OpenStackStorage | Should -Be $true, $true
        Test-OpenStackStorage | Should -BeTrue
    }

    It 'names what it finds, in a table of 80 columns' {
        Add-Store ./damaged
        $id = Add-Orphan ./damaged
        $finding = Get-OpenStackStorageCheck ./damaged
        $finding.Kind, $finding.Severity, $finding.ImageId | Should -Be 'DataOrphaned', 'Warning', $id
        $finding.FilePath | Should -Be (Join-Path $TestDrive "damaged/images/$id")
        $lines = $finding | Get-View
        $lines[0] | Should -BeExactly 'Severity    Kind             Image    Message'
        $lines[2] | Should -BeLike "Warning     DataOrphaned     $("$id".Substring(0, 8)) Data without a sound record*"
        $finding | ConvertTo-Json | ConvertFrom-Json | ForEach-Object Kind | Should -Be 'DataOrphaned'
    }

    It 'names a folder that is no store' {
        $null = New-Item -ItemType Directory ./none
        Test-OpenStackStorage ./none -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be 'StoreInvalid,OpenStackStorage.Commands.TestOpenStackStorageCommand'
    }
}

Describe 'Repair-OpenStackStorage' {
    It 'changes nothing with -WhatIf, and then says what it did' {
        Add-Store ./repair
        $id = Add-Orphan ./repair
        Repair-OpenStackStorage ./repair -WhatIf | Should -BeNullOrEmpty
        "./repair/images/$id" | Should -Exist
        $done = Get-Item ./repair | Repair-OpenStackStorage
        $done.Done | Should -BeLike '*lost+found*'
        "./repair/lost+found/$id" | Should -Exist
        ($done | Get-View)[2] | Should -BeLike '*Moved to*'
    }

    It 'brings a store back that can not be opened' {
        Add-Store ./lost
        $null = Add-Orphan ./lost
        Remove-Item ./lost/catalog.db*
        Connect-OpenStackStorage ./lost -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -BeLike 'CatalogMissing,*'
        $errors.ErrorDetails.RecommendedAction | Should -BeLike '*Repair-OpenStackStorage*'
        Test-OpenStackStorage ./lost | Should -BeFalse
        $null = Repair-OpenStackStorage ./lost -Confirm:$false
        Test-OpenStackStorage ./lost | Should -BeTrue
        (Connect-OpenStackStorage ./lost).Path | Should -Be (Join-Path $TestDrive 'lost')
        Disconnect-OpenStackStorage
    }
}

Describe 'Export-OpenStackStorage and Import-OpenStackStorage' {
    It 'move a store through a pipeline' {
        $store = Connect-OpenStackStorage ./moved
        $export = Export-OpenStackStorage ./moved.tar
        $export.Path, $export.ImageCount | Should -Be (Join-Path $TestDrive 'moved.tar'), 0
        ($export | Get-View)[0] | Should -BeExactly 'ImageCount         Size Skipped Path'
        Disconnect-OpenStackStorage
        ($export | Import-OpenStackStorage -DestinationPath ./there | Test-OpenStackStorage -Deep) | Should -BeTrue
        (Connect-OpenStackStorage ./there).StoreId | Should -Be $store.StoreId
        Disconnect-OpenStackStorage
    }

    It 'change nothing with -WhatIf' {
        $store = Connect-OpenStackStorage ./whatif
        Export-OpenStackStorage ./whatif.tar -WhatIf
        './whatif.tar' | Should -Not -Exist
        $null = Export-OpenStackStorage ./whatif.tar
        Import-OpenStackStorage ./whatif.tar ./copy -WhatIf
        './copy' | Should -Not -Exist
        (Import-OpenStackStorage ./whatif.tar -Merge -Connection $store).SkippedCount | Should -Be 0
        Disconnect-OpenStackStorage
    }

    It 'run as jobs' {
        $null = Connect-OpenStackStorage ./jobs
        $export = Export-OpenStackStorage ./jobs.tar -AsJob | Receive-Job -Wait -AutoRemoveJob
        $export.ImageCount | Should -Be 0
        Disconnect-OpenStackStorage
    }

    It 'refuse what exists, and what is no export' {
        $null = Connect-OpenStackStorage ./refuse
        Set-Content ./refuse.tar x
        Export-OpenStackStorage ./refuse.tar -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'DestinationExists,*'
        Import-OpenStackStorage ./refuse.tar ./new -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'StoreArchiveInvalid,*'
        './new' | Should -Not -Exist
        (Export-OpenStackStorage ./refuse.tar -Force).Path | Should -Exist
        Disconnect-OpenStackStorage
    }
}

Describe 'Connect-OpenStackStorage -ImageFolder' {
    It 'keeps the folders with the store, and refuses one that is not there' {
        $null = New-Item -ItemType Directory ./fast
        $null = Connect-OpenStackStorage ./folders -ImageFolder ./fast:100 -Flush None
        Get-ChildItem ./fast -Force | Should -HaveCount 1
        Remove-Item ./fast -Recurse -Force
        (Get-OpenStackStorageCheck).Kind | Should -Be 'FolderMissing'
        Connect-OpenStackStorage ./folders -ImageFolder ./nowhere -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
        Get-OpenStackStorage | Disconnect-OpenStackStorage
    }
}
