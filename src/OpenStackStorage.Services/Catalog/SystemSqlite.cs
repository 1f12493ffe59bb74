using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace OpenStackStorage.Services;

/// <summary>The operating system's own SQLite, which it patches. None is shipped.</summary>
internal static class SystemSqlite
{
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>The names under which systems have it, the likeliest first.</summary>
    internal static IReadOnlyList<string> LibraryNames { get; } =
        OperatingSystem.IsWindows() ? ["winsqlite3.dll", "sqlite3.dll"]
        : OperatingSystem.IsMacOS() ? ["libsqlite3.dylib", "/usr/lib/libsqlite3.dylib"]
        : ["libsqlite3.so.0", "libsqlite3.so"];

    /// <summary>Makes SQLite usable in this process.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.SqliteMissing"/>.</exception>
    public static void Use() => _ = Loaded.Value;

    /// <summary>Loads the first library that there is.</summary>
    internal static nint LoadFirst(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
                return handle;
        }

        throw new ServiceException(ErrorIds.SqliteMissing,
            $"The operating system's SQLite library is missing: none of {string.Join(", ", names)} can be loaded.");
    }

    private static bool Load()
    {
        nint library = LoadFirst(LibraryNames);
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly,
            (string name, Assembly _, DllImportSearchPath? _) => name == "e_sqlite3" ? library : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }
}
