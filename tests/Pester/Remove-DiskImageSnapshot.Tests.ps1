BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.RemoveDiskImageSnapshotCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Remove-DiskImageSnapshot' {
    BeforeEach {
        New-TestDisk a.img 1MB
        $null = Convert-DiskImage a.img a.qcow2 -Format Qcow2 -Force
        $null = Convert-DiskImage a.img '[x] y.qcow2' -Format Qcow2 -Force
        $null = 'one', 'two' | ForEach-Object { New-DiskImageSnapshot a.qcow2 $_ }
        $null = New-DiskImageSnapshot -LiteralPath '[x] y.qcow2' -Name one
    }

    It 'removes what Get-DiskImageSnapshot finds' {
        Get-DiskImageSnapshot -LiteralPath a.qcow2, '[x] y.qcow2' | Remove-DiskImageSnapshot -Confirm:$false | Should -BeNullOrEmpty
        Get-DiskImageSnapshot -LiteralPath a.qcow2, '[x] y.qcow2' | Should -BeNullOrEmpty
        Test-DiskImage a.qcow2 | Should -BeTrue
    }

    It 'never takes a name for the id of another snapshot' {
        $null = New-DiskImageSnapshot a.qcow2 5
        $null = 'three', 'four' | ForEach-Object { New-DiskImageSnapshot a.qcow2 $_ }
        (Get-DiskImageSnapshot a.qcow2).Name | Should -Be 'one', 'two', '5', 'three', 'four'
        Remove-DiskImageSnapshot a.qcow2 5 -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class"
        Get-DiskImageSnapshot a.qcow2 | Where-Object Name -EQ 5 | Remove-DiskImageSnapshot -Confirm:$false
        (Get-DiskImageSnapshot a.qcow2).Name | Should -Be 'one', 'two', 'three', 'four'
    }

    It 'passes on what is gone when asked' {
        (Remove-DiskImageSnapshot a.qcow2 two -PassThru -Confirm:$false).Name | Should -Be 'two'
        (Get-DiskImageSnapshot a.qcow2).Name | Should -Be 'one'
    }

    It 'asks unless told not to' {
        (Get-Command Remove-DiskImageSnapshot).ImplementingType.GetCustomAttributes([Management.Automation.CmdletAttribute], $false).ConfirmImpact | Should -Be 'High'
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-Hash a.qcow2
        Get-DiskImageSnapshot a.qcow2 | Remove-DiskImageSnapshot -PassThru -WhatIf | Should -BeNullOrEmpty
        Get-Hash a.qcow2 | Should -Be $before
    }

    It 'refuses what is not there, and other formats' {
        'a.qcow2', 'a.img', 'none' | Remove-DiskImageSnapshot -Name none -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class", "ImageFeatureNotSupported,$class", "PathNotFound,$class"
    }
}
