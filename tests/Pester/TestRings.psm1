# What the suites of the ring cmdlets share: a ring of twelve disks, and what tells that nothing was changed.

# Object.builder of 2^6 partitions and three replicas, at the current location: three zones of two servers of two disks.
function New-TestRing([string] $Path = 'object.builder', [switch] $Empty) {
    Get-ChildItem -File | Remove-Item
    if (Test-Path backups) { Remove-Item backups -Recurse }
    $null = New-SwiftRing $Path 6 3 1
    if (-not $Empty) {
        $null = Get-TestInventory | Add-SwiftRingDevice -Path $Path
        $null = Invoke-SwiftRebalance $Path -Seed 7
    }
}

# The same as an inventory.
function Get-TestInventory {
    foreach ($zone in 1..3) {
        foreach ($server in 1..2) {
            foreach ($disk in 'sda', 'sdb') {
                [pscustomobject] @{ Region = 1; Zone = $zone; Ip = "10.0.$zone.$server"; Port = 6200; Device = $disk; Weight = 100 }
            }
        }
    }
}

# One text for all files below the current location but locks.
function Get-FolderState {
    Get-ChildItem -File -Recurse | Sort-Object FullName | ForEach-Object { "$($_.Name) $((Get-FileHash -LiteralPath $_.FullName).Hash)" } | Join-String -Separator "`n"
}

# What a user sees at 80 columns: the lines that hold something, without colours.
filter Get-View {
    begin { $all = @() }
    process { $all += $_ }
    end { ($all | Out-String -Width 80) -replace '\e\[[\d;]*m' -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ } }
}

Export-ModuleMember -Function *
