using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Management.Automation.Language;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>Completes names of images from a connection that is open; it opens none.</summary>
public sealed class GlanceImageNameCompleter : IArgumentCompleter
{
    private const int Most = 100;

    [SuppressMessage("Design", "CA1031", Justification = "A completion that fails is no completion; an error would only spoil the prompt.")]
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
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
    internal static IEnumerable<string> Names(OpenStackStorageConnection connection, string word)
    {
        string start = word.Trim('\'', '"').Replace("''", "'", StringComparison.Ordinal);
        ImageQuery query = new() { NamePatterns = [Wildcard.Escape(start) + "*"], Sort = [new ImageSort(ImageSortKey.Name)] };
        return connection.Images.List(query).Select(image => image.Name!).Distinct().Take(Most);
    }

    /// <summary>Quoted where PowerShell would read it as anything but one word.</summary>
    internal static string Quote(string name)
    {
        bool isPlain = name.Length > 0 && name[0] is not '-' && name.All(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.' or ':' or '/');
        // PowerShell takes the typographic quotes for quotes as well.
        return isPlain ? name : $"'{string.Concat(name.Select(letter => letter is '\'' or '\u2018' or '\u2019' or '\u201a' or '\u201b' ? $"{letter}{letter}" : $"{letter}"))}'";
    }
}
