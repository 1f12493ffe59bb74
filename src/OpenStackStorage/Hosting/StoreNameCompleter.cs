using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Management.Automation.Language;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>Completes names of what lies in a store, from a connection that is open; it opens none.</summary>
public abstract class StoreNameCompleter : IArgumentCompleter
{
    private const int Most = 100;

    /// <summary>The other parameters, as far as they are typed yet.</summary>
    private protected IDictionary Bound { get; private set; } = new Hashtable();

    [SuppressMessage("Design", "CA1031", Justification = "A completion that fails is no completion; an error would only spoil the prompt.")]
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            Bound = fakeBoundParameters ?? new Hashtable();
            OpenStackStorageConnection? connection = fakeBoundParameters?["Connection"] switch
            {
                PSObject { BaseObject: OpenStackStorageConnection wrapped } => wrapped,
                OpenStackStorageConnection plain => plain,
                _ => StoreSession.OfPipeline().Current,
            };
            return connection is null ? [] : [.. Names(connection, wordToComplete ?? "")
                .Select(name => new CompletionResult(Quote(name), name, CompletionResultType.ParameterValue, name))];
        }
        catch (Exception)
        {
            return [];
        }
    }

    /// <summary>The names that begin with a word, in order, each once.</summary>
    internal IEnumerable<string> Names(OpenStackStorageConnection connection, string word)
    {
        string start = word.Trim('\'', '"').Replace("''", "'", StringComparison.Ordinal);
        return Find(connection, start).OfType<string>().Distinct().Order(StringComparer.OrdinalIgnoreCase).Take(Most);
    }

    /// <summary>The names that begin so, without regard to case; in any order, repeated or null.</summary>
    private protected abstract IEnumerable<string?> Find(OpenStackStorageConnection connection, string start);

    private protected static string Pattern(string start) => Wildcard.Escape(start) + "*";

    /// <summary>Quoted where PowerShell would read it as anything but one word.</summary>
    internal static string Quote(string name)
    {
        bool isPlain = name.Length > 0 && name[0] is not '-' && name.All(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.' or ':' or '/');
        // PowerShell takes the typographic quotes for quotes as well.
        return isPlain ? name : $"'{string.Concat(name.Select(letter => letter is '\'' or '\u2018' or '\u2019' or '\u201a' or '\u201b' ? $"{letter}{letter}" : $"{letter}"))}'";
    }
}

/// <summary>Completes names of images.</summary>
public sealed class GlanceImageNameCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string?> Find(OpenStackStorageConnection connection, string start) =>
        connection.Images.List(new ImageQuery { NamePatterns = [Pattern(start)], Sort = [new ImageSort(ImageSortKey.Name)] }).Select(image => image.Name);
}

/// <summary>Completes names of volumes.</summary>
public sealed class CinderVolumeNameCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string?> Find(OpenStackStorageConnection connection, string start) =>
        connection.Volumes.List(new VolumeQuery { NamePatterns = [Pattern(start)] }).Select(volume => volume.Name);
}

/// <summary>Completes names of volumes' snapshots.</summary>
public sealed class CinderSnapshotNameCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string?> Find(OpenStackStorageConnection connection, string start) =>
        connection.Volumes.ListSnapshots(new VolumeQuery { NamePatterns = [Pattern(start)] }).Select(snapshot => snapshot.Name);
}

/// <summary>Completes ids of attachments, which have no names.</summary>
public sealed class CinderAttachmentIdCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string?> Find(OpenStackStorageConnection connection, string start) =>
        connection.Volumes.ListAttachments(null).Select(attachment => attachment.Id.ToString()).Where(id => id.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Completes names of volume types.</summary>
public sealed class CinderVolumeTypeNameCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string?> Find(OpenStackStorageConnection connection, string start) =>
        connection.VolumeTypes.ListTypes().Select(type => type.Name).Where(name => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Completes names of QoS specs.</summary>
public sealed class CinderQosNameCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string?> Find(OpenStackStorageConnection connection, string start) =>
        connection.VolumeTypes.ListQos().Select(qos => qos.Name).Where(name => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Completes names of backends.</summary>
public sealed class CinderBackendNameCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string?> Find(OpenStackStorageConnection connection, string start) =>
        connection.Backends.List().Select(backend => backend.Name).Where(name => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Completes what data of the backend that is typed could become a volume.</summary>
public sealed class CinderManageableVolumeCompleter : StoreNameCompleter
{
    private protected override IEnumerable<string?> Find(OpenStackStorageConnection connection, string start) =>
        Bound["Backend"] is not { } backend ? [] : connection.Volumes.ListManageable(backend.ToString()!)
            .Where(data => data.Obstacle is null && data.Reference.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            .Select(data => data.Reference);
}
