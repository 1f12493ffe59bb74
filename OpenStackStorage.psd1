@{
    RootModule             = 'bin/OpenStackStorage.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = '619f1670-3dc2-49d3-af7d-0625af2a4c23'
    Author                 = 'The OpenStackStorage authors'
    CompanyName            = 'OpenStackStorage'
    Copyright              = 'Copyright The OpenStackStorage authors. Apache License 2.0.'
    Description            = "OpenStack's storage services as PowerShell cmdlets: disk images, Glance images, Cinder volumes and Swift rings, read and written by a managed engine. No qemu-img, Python, cloud, daemon or root is needed."
    PowerShellVersion      = '7.6'
    CompatiblePSEditions   = @('Core')
    CmdletsToExport        = @(
        'Add-GlanceImageMember'
        'Add-SwiftRingDevice'
        'Compare-DiskImage'
        'Compare-SwiftRing'
        'Connect-OpenStackStorage'
        'Convert-DiskImage'
        'Disable-GlanceImage'
        'Disconnect-OpenStackStorage'
        'Enable-GlanceImage'
        'Enter-SwiftRingPartPower'
        'Exit-SwiftRingPartPower'
        'Export-OpenStackStorage'
        'Export-SwiftRing'
        'Get-DiskImageCheck'
        'Get-DiskImageExtent'
        'Get-DiskImageHash'
        'Get-DiskImageInfo'
        'Get-DiskImagePartition'
        'Get-DiskImageSnapshot'
        'Get-GlanceImage'
        'Get-GlanceImageCheck'
        'Get-GlanceImageMember'
        'Get-GlancePolicyCheck'
        'Get-GlanceQuota'
        'Get-OpenStackStorage'
        'Get-OpenStackStorageCheck'
        'Get-SwiftRing'
        'Get-SwiftRingCheck'
        'Get-SwiftRingDevice'
        'Get-SwiftRingHistory'
        'Get-SwiftRingPartition'
        'Import-OpenStackStorage'
        'Import-SwiftRing'
        'Invoke-SwiftRebalance'
        'Join-SwiftRing'
        'Measure-DiskImage'
        'Measure-SwiftRing'
        'Measure-SwiftRingFailure'
        'Merge-DiskImage'
        'New-DiskImage'
        'New-DiskImageSnapshot'
        'New-GlanceImage'
        'New-SwiftRing'
        'Remove-DiskImageSnapshot'
        'Remove-GlanceImage'
        'Remove-GlanceImageMember'
        'Remove-SwiftRingDevice'
        'Repair-OpenStackStorage'
        'Resize-DiskImage'
        'Resolve-SwiftRingPath'
        'Restore-DiskImageSnapshot'
        'Restore-GlanceImage'
        'Restore-SwiftRing'
        'Save-GlanceImage'
        'Set-DiskImageBackingFile'
        'Set-GlanceImage'
        'Set-GlanceImageMember'
        'Set-GlanceQuota'
        'Set-SwiftRing'
        'Set-SwiftRingDevice'
        'Step-SwiftRingPartPower'
        'Test-DiskImage'
        'Test-GlanceImage'
        'Test-GlancePolicy'
        'Test-OpenStackStorage'
        'Test-SwiftRing'
        'Undo-SwiftRingPartPower'
        'Wait-GlanceImage'
    )
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    FormatsToProcess       = @('bin/OpenStackStorage.Format.ps1xml')
    TypesToProcess         = @('bin/OpenStackStorage.Types.ps1xml')
    FileList               = @(
        'OpenStackStorage.psd1'
        'bin/OpenStackStorage.dll'
        'bin/OpenStackStorage.Core.dll'
        'bin/OpenStackStorage.Disks.dll'
        'bin/OpenStackStorage.Rings.dll'
        'bin/OpenStackStorage.Services.dll'
        'bin/OpenStackStorage.Format.ps1xml'
        'bin/OpenStackStorage.Types.ps1xml'
    )
    PrivateData            = @{
        PSData = @{
            Prerelease               = 'alpha1'
            Tags                     = @(
                'PSEdition_Core', 'Linux', 'Windows', 'MacOS', 'OpenStack', 'Glance', 'Cinder', 'Swift',
                'qcow2', 'vhdx', 'vmdk', 'disk', 'image', 'ring'
            )
            ReleaseNotes             = 'CHANGELOG.md in the module folder.'
            RequireLicenseAcceptance = $false
        }
    }
}
