BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-TestedModule
    $class = 'OpenStackStorage.Commands.RestoreDiskImageSnapshotCommand'
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    Remove-Module OpenStackStorage, TestImages
}

Describe 'Restore-DiskImageSnapshot' {
    BeforeAll {
        # Lets an overlay with other content change the image.
        function Merge-Change {
            New-TestDisk other.img 1MB -Seed 2
            $null = Convert-DiskImage other.img over.qcow2 -Format Qcow2 -BackingFile a.qcow2 -Force
            $null = Merge-DiskImage over.qcow2
            Remove-Item over.qcow2
        }
    }

    BeforeEach {
        New-TestDisk a.img 1MB
        $null = Convert-DiskImage a.img a.qcow2 -Format Qcow2 -Force
        $null = Convert-DiskImage a.img '[x] y.qcow2' -Format Qcow2 -Force
        $null = 'one', 'two' | ForEach-Object { New-DiskImageSnapshot a.qcow2 $_ }
        $null = New-DiskImageSnapshot -LiteralPath '[x] y.qcow2' -Name one
    }

    It 'takes the disk back' {
        Merge-Change
        Compare-DiskImage a.qcow2 a.img | Should -Not -BeNullOrEmpty
        Restore-DiskImageSnapshot a.qcow2 one -Confirm:$false | Should -BeNullOrEmpty
        Compare-DiskImage a.qcow2 a.img | Should -BeNullOrEmpty
        Test-DiskImage a.qcow2 | Should -BeTrue
    }

    It 'binds a snapshot object, identity and all' {
        $restored = Get-DiskImageSnapshot -LiteralPath '[x] y.qcow2' | Restore-DiskImageSnapshot -PassThru -Confirm:$false
        $restored.Path, $restored.SnapshotId | Should -Be (Get-FullPath '[x] y.qcow2'), '1'
    }

    It 'asks unless told not to' {
        (Get-Command Restore-DiskImageSnapshot).ImplementingType.GetCustomAttributes([Management.Automation.CmdletAttribute], $false).ConfirmImpact | Should -Be 'High'
    }

    It 'changes nothing with -WhatIf' {
        $before = Get-Hash a.qcow2
        Get-DiskImageSnapshot a.qcow2 | Restore-DiskImageSnapshot -PassThru -WhatIf | Should -BeNullOrEmpty
        Get-Hash a.qcow2 | Should -Be $before
    }

    It 'refuses what is not there, and other formats' {
        'a.qcow2', 'a.img', 'none' | Restore-DiskImageSnapshot -Name none -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be "ParameterInvalid,$class", "ImageFeatureNotSupported,$class", "PathNotFound,$class"
    }
}
