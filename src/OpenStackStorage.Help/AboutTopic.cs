using System.Text;

namespace OpenStackStorage.Help;

/// <summary>
/// An about topic: markdown in, wrapped text out. <c>Get-Help</c> takes the fifth line of the text for the topic's
/// synopsis, so the short description stands there.
/// </summary>
public static class AboutTopic
{
    /// <summary>No line is longer; an indivisible word may be.</summary>
    public const int Width = 80;

    /// <exception cref="FormatException">The first heading is not the topic's name, or the second is not SHORT DESCRIPTION.</exception>
    public static string Write(string name, string markdown)
    {
        ProseBlock[] blocks = [.. Prose.Blocks(markdown)];
        if (blocks.Length < 3 || blocks[0] != new ProseBlock(ProseKind.Heading, name, 1))
            throw new FormatException($"{name}: the first line must be '# {name}'.");
        if (blocks[1] != new ProseBlock(ProseKind.Heading, "SHORT DESCRIPTION", 2) || blocks[2].Kind != ProseKind.Paragraph)
            throw new FormatException($"{name}: '## SHORT DESCRIPTION' and one sentence must follow the title.");
        if (blocks[2].Text.Length > Width - 4)
            throw new FormatException($"{name}: the short description has {blocks[2].Text.Length} characters; Get-Help shows one line of {Width - 4}.");
        StringBuilder text = new($"TOPIC\n    {name}\n");
        ProseBlock? previous = null;
        foreach (ProseBlock block in blocks[1..])
        {
            bool joined = previous is { Kind: ProseKind.Heading, Level: 2 }
                || (previous?.Kind == ProseKind.Item && block.Kind == ProseKind.Item);
            text.Append(joined ? "" : "\n");
            Append(text, block);
            previous = block;
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, ProseBlock block)
    {
        switch (block.Kind)
        {
            case ProseKind.Heading:
                text.Append(block.Level <= 2 ? block.Text.ToUpperInvariant() : "  " + block.Text).Append('\n');
                break;
            case ProseKind.Code:
                foreach (string line in block.Text.Split('\n'))
                    text.Append(line.Length == 0 ? "" : "        " + line).Append('\n');
                break;
            case ProseKind.Item:
                Wrap(text, block.Text, "    ", "      ");
                break;
            default:
                Wrap(text, block.Text, "    ", "    ");
                break;
        }
    }

    private static void Wrap(StringBuilder text, string paragraph, string first, string next)
    {
        StringBuilder line = new(first);
        foreach (string word in paragraph.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            bool isFirstWord = line.ToString().Trim().Length == 0;
            if (!isFirstWord && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(next);
                isFirstWord = true;
            }

            line.Append(isFirstWord ? "" : " ").Append(word);
        }

        text.Append(line).Append('\n');
    }
}
