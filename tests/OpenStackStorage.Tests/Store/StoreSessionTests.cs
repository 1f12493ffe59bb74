using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.Store;

public sealed class StoreSessionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("oss-store-").FullName;
    private readonly StoreSession _session = new();

    public void Dispose()
    {
        foreach (OpenStackStorageConnection connection in _session.Connections)
            _session.Disconnect(connection);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_connection_is_to_the_folder_as_this_user_with_all_rights()
    {
        OpenStackStorageConnection connection = Connect(new("lab"));
        Assert.Equal(Path.Combine(_folder, "lab"), connection.Path);
        Assert.Equal((Environment.UserName, "default"), (connection.User, connection.Project));
        Assert.Equal(["admin"], connection.Roles);
        Assert.True(connection.Current && connection.Open);
        Assert.True(connection.Identity.IsAdmin);
    }

    [Fact]
    public void A_connection_has_the_identity_that_was_asked_for()
    {
        OpenStackStorageConnection connection = Connect(new("lab", "web", "sam", ["member", "reader"]));
        Assert.Equal(("sam", "web"), (connection.User, connection.Project));
        Assert.Equal(["member", "reader"], connection.Roles);
        Assert.False(connection.Identity.IsAdmin);
    }

    [Fact]
    public void The_last_connection_is_the_current_one_and_none_follows_it()
    {
        OpenStackStorageConnection first = Connect(new("lab"));
        OpenStackStorageConnection second = Connect(new("lab"));
        Assert.Equal((false, true), (first.Current, second.Current));
        Assert.Equal(first.StoreId, second.StoreId);
        DisconnectOpenStackStorageOperation.Run(null, _session);
        Assert.Null(_session.Current);
        Assert.Equal([first], _session.Connections);
    }

    [Fact]
    public void A_closed_connection_is_refused_by_name()
    {
        OpenStackStorageConnection connection = Connect(new("lab"));
        DisconnectOpenStackStorageOperation.Run(connection, _session);
        DisconnectOpenStackStorageOperation.Run(connection, _session);
        Assert.False(connection.Open);
        Assert.Equal(ErrorIds.ConnectionClosed, Assert.Throws<StorageException>(() => connection.Store).Id);
    }

    [Fact]
    public void Making_a_store_is_asked_about_and_opening_one_is_not()
    {
        MemoryHost no = new() { Folder = _folder, Answer = false };
        ConnectOpenStackStorageOperation.Run(new("lab"), _session, no);
        Assert.Equal("Create a store", Assert.Single(no.Questions).Action);
        Assert.Empty(no.Objects);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));

        Connect(new("lab"));
        MemoryHost again = new() { Folder = _folder, Answer = false };
        ConnectOpenStackStorageOperation.Run(new("lab"), _session, again);
        Assert.Empty(again.Questions);
        Assert.Single(again.Objects);
    }

    [Fact]
    public void A_named_connection_is_used_before_the_current_one()
    {
        OpenStackStorageConnection first = Connect(new("lab"));
        OpenStackStorageConnection second = Connect(new("lab"));
        MemoryHost host = new() { Folder = _folder };
        Assert.Same(first, _session.Use(first, host));
        Assert.Same(second, _session.Use(null, host));
    }

    private OpenStackStorageConnection Connect(ConnectOpenStackStorageRequest request)
    {
        MemoryHost host = new() { Folder = _folder };
        ConnectOpenStackStorageOperation.Run(request, _session, host);
        return Assert.IsType<OpenStackStorageConnection>(Assert.Single(host.Objects));
    }
}
