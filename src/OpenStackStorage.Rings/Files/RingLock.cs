using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenStackStorage.Rings;

/// <summary>
/// The lock on a folder of rings that <c>swift-ring-builder-safe</c> takes: <c>flock</c> on its file <c>.lock</c>, which
/// stays there. Hold it from before the builder is read until it is written, or a change of another program is lost.
/// Source: swift/common/utils, lock_parent_directory; swift/cli/ringbuilder.py, main.
/// </summary>
internal sealed partial class RingLock : IDisposable
{
    /// <summary>How long <c>swift-ring-builder-safe</c> waits.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(15);

    private const string FileName = ".lock";
    private const int LockExclusive = 2; // LOCK_EX
    private const int LockNonBlocking = 4; // LOCK_NB
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly FileStream _file;

    private RingLock(FileStream file) => _file = file;

    /// <param name="path">A file in the folder to lock, which need not exist.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingLocked"/> after <paramref name="timeout"/>.</exception>
    public static RingLock Acquire(string path, TimeSpan timeout, CancellationToken token = default)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryAcquire(Path.Combine(folder, FileName)) is { } held)
                return held;
            if (Stopwatch.GetElapsedTime(start) >= timeout)
            {
                throw new RingException(ErrorIds.RingLocked, string.Create(CultureInfo.InvariantCulture, $"'{folder}' has been locked by another program for {timeout.TotalSeconds:0.#} seconds."))
                {
                    Target = folder,
                };
            }

            token.WaitHandle.WaitOne(Pause);
            token.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => _file.Dispose();

    private static RingLock? TryAcquire(string path)
    {
        FileStream file;
        try
        {
            // The runtime itself asks for flock(LOCK_EX | LOCK_NB) with FileShare.None, as Python does.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (IOException error) when (IsHeld(error))
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw IoErrors.Write(path, error);
        }

        // It can be told not to (DOTNET_SYSTEM_IO_DISABLEFILELOCKING); a lock that is none would lose changes. Asking twice is harmless.
        if (OperatingSystem.IsWindows() || NativeFlock(file.SafeFileHandle, LockExclusive | LockNonBlocking) == 0)
            return new RingLock(file);
        int code = Marshal.GetLastPInvokeError();
        file.Dispose();
        if (code is 11 or 35 or 4) // EAGAIN of Linux, of macOS; EINTR
            return null;
        throw IoErrors.Write(path, new IOException(Marshal.GetPInvokeErrorMessage(code), code));
    }

    // EAGAIN of Linux, of macOS; ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION.
    private static bool IsHeld(IOException error) => OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 32 or 33
        : error.HResult is 11 or 35 || error.GetType() == typeof(IOException) && (error.HResult & 0xFFFF) == 32;

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int NativeFlock(SafeFileHandle file, int operation);
}
