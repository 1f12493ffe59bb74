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

Describe 'Test-GlancePolicy and Get-GlancePolicyCheck' {
    It 'answers for roles, and for the connection' {
        Test-GlancePolicy publicize_image member | Should -BeExactly $false
        Test-GlancePolicy publicize_image | Should -BeExactly $true
        Test-GlancePolicy -Action get_images, add_image -Role reader | Should -Be $true, $false
    }

    It 'answers for an image of the pipeline' {
        $image = New-GlanceImage -Name win -NoData
        $image | Test-GlancePolicy delete_image -As member -Project web | Should -BeFalse
        $image | Test-GlancePolicy delete_image -As member -Project default | Should -BeTrue
        ($image | Get-GlancePolicyCheck delete_image).Image | Should -Be 'win'
    }

    It 'says on the verbose stream what decided' {
        $lines = Test-GlancePolicy publicize_image member -Verbose 4>&1
        $lines[0].Message | Should -BeExactly 'refused: publicize_image. role:admin: the roles are member, reader'
    }

    It 'explains as a tree, and lists all without an action' {
        $check = Get-GlancePolicyCheck delete_image -As member -Project web
        $check.Allowed, $check.Project | Should -Be $true, 'web'
        $check.Parts.Check | Should -Be 'rule:context_is_admin', '(role:member and project_id:%(project_id)s)'
        $check.Parts[1].Parts.Check | Should -Be 'role:member', 'project_id:%(project_id)s'
        @(Get-GlancePolicyCheck -As reader).Count | Should -BeGreaterThan 60
        (Get-GlancePolicyCheck *_member reader | Where-Object Allowed).Action | Should -Be 'get_member'
    }

    It 'names a rule that does not exist' {
        Test-GlancePolicy delet_image -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.FullyQualifiedErrorId | Should -Be 'ParameterInvalid,OpenStackStorage.Commands.TestGlancePolicyCommand'
        $errors.TargetObject | Should -Be 'delet_image'
    }

    It 'completes rules and roles' {
        (TabExpansion2 'Test-GlancePolicy delete_i').CompletionMatches.CompletionText | Should -Be 'delete_image', 'delete_image_location'
        (TabExpansion2 'Get-GlancePolicyCheck -As m').CompletionMatches.CompletionText | Should -Be 'manager', 'member'
    }

    It 'has a table of 80 columns, and a list with the tree' {
        $lines = Get-GlancePolicyCheck publicize_image member | Get-View
        $lines[0] | Should -BeExactly 'Allowed Action                       Reason'
        $lines[2] | Should -BeExactly 'False   publicize_image              role:admin: the roles are member, reader'
        Get-GlancePolicyCheck publicize_image member | Format-List | Out-String | Should -Match 'Explanation : refused: rule:context_is_admin'
    }
}
