using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Opens a store, or makes one, for the cmdlets that follow.</summary>
[Cmdlet(VerbsCommunications.Connect, "OpenStackStorage", SupportsShouldProcess = true)]
[OutputType(typeof(OpenStackStorageConnection))]
public sealed class ConnectOpenStackStorageCommand : StorageCmdlet
{
    [Parameter(Position = 0, HelpMessage = "The store's folder. One that is new or empty becomes a store. By default OPENSTACKSTORAGE_ROOT, or a folder of this user.")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    [Parameter(HelpMessage = "The project that owns what is made; default by default.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    [Parameter(HelpMessage = "The user's name; by default the one who is logged on.")]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    [Parameter(HelpMessage = "The roles that the policy asks for; admin by default, which may do everything.")]
    [ValidateNotNullOrEmpty]
    public string[]? Role { get; set; }

    [Parameter(HelpMessage = "Further folders for images' data, each with a priority behind a colon if it is not 0: /mnt/fast:100. The setting stays with the store.")]
    [ValidateNotNull]
    public string[]? ImageFolder { get; set; }

    [Parameter(HelpMessage = "Full: data is on stable storage before an image is active. None: it is with the operating system. The setting stays with the store.")]
    public FlushPolicy? Flush { get; set; }

    protected override void Process() => ConnectOpenStackStorageOperation.Run(
        new ConnectOpenStackStorageRequest(Path, Project, User, Role) { ImageFolders = ImageFolder, Flush = Flush }, StoreSession.OfPipeline(), Host);
}
