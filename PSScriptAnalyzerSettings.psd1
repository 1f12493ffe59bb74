@{
    Severity     = @('Error', 'Warning', 'Information')
    IncludeDefaultRules = $true
    ExcludeRules = @(
        # The tasks of build.ps1 print and run; none is a command that others call.
        'PSUseShouldProcessForStateChangingFunctions'
    )
    Rules        = @{
        PSUseCompatibleSyntax      = @{ Enable = $true; TargetVersions = @('7.0') }
        PSUseConsistentIndentation = @{ Enable = $true; IndentationSize = 4 }
        PSUseConsistentWhitespace  = @{ Enable = $true; CheckParameter = $true }
        PSPlaceOpenBrace           = @{ Enable = $true; OnSameLine = $true }
        PSAvoidUsingCmdletAliases  = @{ Enable = $true }
    }
}
