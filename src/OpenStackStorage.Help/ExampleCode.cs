namespace OpenStackStorage.Help;

/// <summary>A command as an example calls it.</summary>
public sealed record ExampleCall(string Command, IReadOnlyList<string> Parameters, bool FromPipeline);

/// <summary>
/// Finds commands and their named parameters in PowerShell text. It knows quotes, comments, nesting and line
/// continuation, and no more: the real parser checks the same examples where PowerShell is installed.
/// </summary>
public static class ExampleCode
{
    public static IReadOnlyList<ExampleCall> Calls(string code)
    {
        ArgumentNullException.ThrowIfNull(code);
        List<ExampleCall> calls = [];
        Stack<(string? Command, List<string> Parameters, bool FromPipeline)> outer = new();
        string? command = null;
        List<string> parameters = [];
        bool fromPipeline = false;
        int i = 0;
        while (i < code.Length)
        {
            char c = code[i];
            if (c == '`' && i + 1 < code.Length)
            {
                i += 2;
            }
            else if (c == '#' && (i == 0 || char.IsWhiteSpace(code[i - 1])))
            {
                i = Until(code, i, '\n');
            }
            else if (c is '\'' or '"')
            {
                i = Math.Min(Until(code, i + 1, c) + 1, code.Length);
                command ??= "";
            }
            else if (c is '(' or '{')
            {
                outer.Push((command, parameters, fromPipeline));
                (command, parameters, fromPipeline) = (null, [], false);
                i++;
            }
            else if (c is ')' or '}')
            {
                Close(false);
                (command, parameters, fromPipeline) = outer.TryPop(out var saved) ? saved : (null, [], false);
                command ??= "";
                i++;
            }
            else if (c is '|' or ';' or '\n' or '=')
            {
                // A line that ends with a pipe goes on.
                if (c != '\n' || command is not null)
                    Close(c == '|');
                i++;
            }
            else if (char.IsWhiteSpace(c))
            {
                i++;
            }
            else
            {
                int end = i;
                while (end < code.Length && !char.IsWhiteSpace(code[end]) && !"|;(){}=`'\"".Contains(code[end], StringComparison.Ordinal))
                    end++;
                end = Math.Max(end, i + 1);
                string word = code[i..end];
                if (command is null)
                    command = word;
                else if (word.Length > 1 && word[0] == '-' && char.IsAsciiLetter(word[1]))
                    parameters.Add(word[1..].Split(':')[0]);
                i = end;
            }
        }

        Close(false);
        return calls;

        void Close(bool intoPipeline)
        {
            if (command is { Length: > 0 })
                calls.Add(new ExampleCall(command, parameters, fromPipeline));
            (command, parameters, fromPipeline) = (null, [], intoPipeline);
        }
    }

    private static int Until(string code, int start, char end)
    {
        int found = code.IndexOf(end, start);
        return found < 0 ? code.Length : found;
    }
}
