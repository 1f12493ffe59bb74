using System.Globalization;

namespace OpenStackStorage.Rings;

/// <summary>One file that a command kept beside the builder.</summary>
/// <param name="Path">The copy: <c>backups/&lt;seconds since 1970&gt;.&lt;name&gt;</c>.</param>
/// <param name="Time">When it was made.</param>
/// <param name="IsBuilder">A builder; otherwise a ring.</param>
public sealed record RingBackup(string Path, DateTimeOffset Time, bool IsBuilder);

/// <summary>The backups of a builder and its ring.</summary>
public static class RingHistory
{
    /// <summary>The backups, oldest first; empty when there are none.</summary>
    public static IReadOnlyList<RingBackup> List(string builderPath)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(builderPath))!, RingBackups.FolderName);
        if (!Directory.Exists(folder))
            return [];
        string builder = Path.GetFileName(builderPath);
        string ring = Path.GetFileName(BuilderSession.RingPathOf(builderPath));
        List<RingBackup> backups = [];
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            string name = Path.GetFileName(file);
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            if (dot <= 0 || !long.TryParse(name.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) || seconds > uint.MaxValue)
                continue;
            string rest = name[(dot + 1)..];
            if (rest == builder || rest == ring)
                backups.Add(new RingBackup(file, DateTimeOffset.FromUnixTimeSeconds(seconds), rest == builder));
        }

        return [.. backups.OrderBy(backup => backup.Time).ThenBy(backup => !backup.IsBuilder)];
    }
}
