namespace OpenStackStorage.Services;

/// <summary>Protocols with several spellings, all of which a pool then has. Cinder, <c>common/constants.py</c>.</summary>
internal static class StorageProtocols
{
    private static readonly string[][] _variants =
    [
        ["iSCSI", "iscsi"],
        ["FC", "fibre_channel", "fc"],
        ["NFS", "nfs"],
        ["NVMe-oF", "NVMeOF", "nvmeof"],
    ];

    /// <summary>The list of spellings, or what was reported where there is only one.</summary>
    public static object? Variants(object? protocol) => Array.Find(_variants, spellings => spellings.Contains(protocol)) ?? protocol;
}
