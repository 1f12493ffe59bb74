BeforeAll {
    Import-Module "$PSScriptRoot/TestImages.psm1" -Force
    Import-Module "$PSScriptRoot/TestRings.psm1" -Force
    Import-TestedModule
    $root = $env:OPENSTACKSTORAGE_ROOT
    $env:OPENSTACKSTORAGE_ROOT = Join-Path $TestDrive 'default'
    Push-Location TestDrive:/
    $admin = Connect-OpenStackStorage ./lab
}

AfterAll {
    Get-OpenStackStorage | Disconnect-OpenStackStorage
    Pop-Location
    $env:OPENSTACKSTORAGE_ROOT = $root
    Remove-Module OpenStackStorage, TestRings, TestImages
}

Describe 'Add-, Get-, Set- and Remove-GlanceImageMember' {
    BeforeAll {
        $web = Connect-OpenStackStorage ./lab -User sam -Project web -Role member
        $db = Connect-OpenStackStorage ./lab -User kim -Project db -Role member
        $image = New-GlanceImage -Name win -NoData -Connection $web
    }

    It 'shares an image, which its member accepts and lists' {
        Add-GlanceImageMember win db, ops -Connection $web
        Get-GlanceImage -Connection $db | Should -BeNullOrEmpty
        $answer = Set-GlanceImageMember win -Status Accepted -PassThru -Connection $db
        $answer.Member, $answer.Status | Should -Be 'db', 'accepted'
        (Get-GlanceImage -Connection $db).Name | Should -Be 'win'
        (Get-GlanceImageMember win -Connection $web).Status | Should -Be 'accepted', 'pending'
        (Get-GlanceImageMember win -Connection $db).Member | Should -Be 'db'
    }

    It 'takes images by object and by id, and members by their properties' {
        $added = $image | Add-GlanceImageMember -Member one -PassThru
        $added.ImageId, $added.Status | Should -Be $image.ImageId, 'pending'
        Add-GlanceImageMember -ImageId $image.ImageId -Member two -Connection $web
        Get-GlanceImageMember win one, two -Connection $web | Remove-GlanceImageMember -Connection $web
        (Get-GlanceImageMember $image).Member | Should -Be 'db', 'ops'
        Get-GlanceImageMember $image | Set-GlanceImageMember -MemberStatus Rejected -Connection $admin
        (Get-GlanceImageMember $image).Status | Should -Be 'rejected', 'rejected'
    }

    It 'tells names, images and members apart in the pipeline' {
        'win' | Add-GlanceImageMember -Member p1 -Connection $web
        $image | Add-GlanceImageMember -Member p2
        (Get-GlanceImageMember win p1, p2 -Connection $web).Member | Should -Be 'p1', 'p2'
        'win' | Get-GlanceImageMember -Member p1, p2 -Connection $web | Remove-GlanceImageMember -Connection $web
        (Get-GlanceImageMember $image.ImageId -Connection $web).Member | Should -Be 'db', 'ops'
    }

    It 'changes nothing with -WhatIf, and refuses what would be refused' {
        Add-GlanceImageMember $image new -WhatIf
        Remove-GlanceImageMember $image ops -WhatIf
        (Get-GlanceImageMember $image).Member | Should -Be 'db', 'ops'
        Add-GlanceImageMember $image ops -WhatIf -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be 'ImageConflict,OpenStackStorage.Commands.AddGlanceImageMemberCommand'
    }

    It 'goes on behind a refusal' {
        Remove-GlanceImageMember $image none, ops -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be 'ImageMemberNotFound,OpenStackStorage.Commands.RemoveGlanceImageMemberCommand'
        $errors[0].Exception.Message | Should -BeLike "Project 'none' is not found*"
        (Get-GlanceImageMember $image).Member | Should -Be 'db'
    }

    It 'lets nobody answer for another project' {
        Set-GlanceImageMember $image db -MemberStatus Accepted -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.FullyQualifiedErrorId | Should -Be 'NotAuthorized,OpenStackStorage.Commands.SetGlanceImageMemberCommand'
    }

    It 'has a table of 80 columns' {
        $lines = Get-GlanceImageMember $image | Get-View
        $lines[0].TrimEnd() | Should -BeExactly 'Image                        Member                         Status'
        $lines[2].TrimEnd() | Should -BeExactly 'win                          db                             rejected'
    }
}
