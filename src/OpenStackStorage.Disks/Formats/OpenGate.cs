namespace OpenStackStorage.Disks;

/// <summary>A file that an image names.</summary>
/// <param name="From">The file that names it.</param>
/// <param name="Role">What it is for, in words: "backing file", "data file", "extent", "parent".</param>
/// <param name="Name">The name as it stands in the image.</param>
public sealed record ImageReference(BlockDevice From, string Role, string Name);

/// <summary>
/// Decides whether a file that an image names may be opened. Whatever an image refers to is opened here and nowhere else:
/// an image that names another file is the attack behind CVE-2022-47951 and CVE-2024-32498.
/// </summary>
public abstract class OpenGate
{
    /// <summary>Opens nothing. The engine's default, and that of services.</summary>
    public static OpenGate Deny { get; } = new DenyGate();

    /// <summary>Opens regular files in the folder of the image that names them, symbolic links resolved. The disk cmdlets' default.</summary>
    public static OpenGate SameFolder { get; } = new FileGate(anywhere: false);

    /// <summary>Opens any regular file or block device. For images that the user trusts.</summary>
    public static OpenGate Allow { get; } = new FileGate(anywhere: true);

    /// <summary>Opens the named file for reading.</summary>
    /// <exception cref="ImageReferenceException"><see cref="ErrorIds.BackingFileNotAllowed"/> or <see cref="ErrorIds.BackingFileNotFound"/>.</exception>
    public abstract BlockDevice Open(ImageReference reference);

    /// <summary>Opens the named file for writing, as a part of the image that names it: a data file, an extent. Never a backing file.</summary>
    /// <exception cref="ImageReferenceException">As for <see cref="Open"/>.</exception>
    /// <exception cref="StorageException"><see cref="ErrorIds.ImageInUse"/>.</exception>
    public virtual BlockDevice OpenWritable(ImageReference reference) =>
        throw new ImageReferenceException(ErrorIds.BackingFileNotAllowed, reference, "no other file may be written here");

    private sealed class DenyGate : OpenGate
    {
        public override BlockDevice Open(ImageReference reference) =>
            throw new ImageReferenceException(ErrorIds.BackingFileNotAllowed, reference, "no other file may be opened here");
    }

    private sealed class FileGate(bool anywhere) : OpenGate
    {
        private const int MaximumLinks = 40; // as Linux has it (path_resolution(7)); more fail to open

        public override BlockDevice Open(ImageReference reference) => Open(reference, FileBlockDevice.OpenRead, FileBlockDevice.OpenJudged);

        public override BlockDevice OpenWritable(ImageReference reference) => Open(reference, FileBlockDevice.OpenWrite, FileBlockDevice.OpenJudgedForWriting);

        private FileBlockDevice Open(ImageReference reference, Func<string, FileBlockDevice> open, Func<string, FileBlockDevice> openJudged)
        {
            string name = reference.Name;
            if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
                throw Refused(reference, "the name is empty or holds a NUL");
            if (HasProtocol(name))
                throw Refused(reference, "it is a protocol address, and only files are opened");

            string imagePath = RealPath(Path.GetFullPath(reference.From.Path));
            string folder = Path.GetDirectoryName(imagePath)!;
            string path = Path.GetFullPath(name, folder);
            if (anywhere)
                return OpenFile(reference, path, open);

            // Before anything else is asked: to open some devices has effects, and to tell what exists elsewhere is a leak.
            string real = RealPath(path);
            if (!string.Equals(Path.GetDirectoryName(real), folder, StringComparison.Ordinal))
                throw Refused(reference, "it lies outside the image's own folder");
            FileBlockDevice device = OpenFile(reference, real, openJudged);
            if (!device.IsFixedSize)
                return device;
            device.Dispose();
            throw Refused(reference, "it is a device");
        }

        private static FileBlockDevice OpenFile(ImageReference reference, string path, Func<string, FileBlockDevice> open)
        {
            try
            {
                return open(path);
            }
            catch (StorageException error) when (error.Id == ErrorIds.PathNotFound)
            {
                throw new ImageReferenceException(ErrorIds.BackingFileNotFound, reference, $"'{path}' does not exist");
            }
            catch (StorageException error) when (error.Id == ErrorIds.PathNotSupported)
            {
                throw Refused(reference, "it is no regular file");
            }
        }

        private static ImageReferenceException Refused(ImageReference reference, string reason) =>
            new(ErrorIds.BackingFileNotAllowed, reference, reason);

        /// <summary>
        /// qemu takes "json:{...}", "nbd://host", "fd:3" and any "word:" for a protocol. A Windows drive letter is none.
        /// </summary>
        private static bool HasProtocol(string name)
        {
            int colon = name.IndexOf(':', StringComparison.Ordinal);
            int slash = name.AsSpan().IndexOfAny('/', '\\');
            return colon > 1 && (slash < 0 || colon < slash);
        }

        /// <summary>The path with every symbolic link on the way resolved, so that no link leads out of the folder.</summary>
        private static string RealPath(string path, int links = 0)
        {
            string root = Path.GetPathRoot(path) ?? "";
            string real = root;
            string[] parts = path[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
            foreach (string part in parts)
            {
                string next = Path.Combine(real, part);
                FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
                try
                {
                    real = info.ResolveLinkTarget(returnFinalTarget: true) is { } target && links < MaximumLinks ? RealPath(target.FullName, links + 1) : next;
                }
                catch (IOException)
                {
                    real = next; // a loop of links: opening it fails by itself
                }
            }

            return real;
        }
    }
}
