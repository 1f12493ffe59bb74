using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Closes a connection.</summary>
public static class DisconnectOpenStackStorageOperation
{
    /// <param name="connection">Null for the current one; where there is none, nothing is to be done.</param>
    public static void Run(OpenStackStorageConnection? connection, StoreSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if ((connection ?? session.Current) is { } open)
            session.Disconnect(open);
    }
}
