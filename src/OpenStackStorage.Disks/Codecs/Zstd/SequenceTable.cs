namespace OpenStackStorage.Disks;

/// <summary>
/// The decoding table of one part of a sequence: literals length, offset or match length. Each block with sequences says
/// which table it uses. Source: RFC 8878, 3.1.1.3.2.1.
/// </summary>
internal sealed class SequenceTable
{
    private readonly FseAlphabet _alphabet;
    private readonly FseTable _predefined;
    private readonly FseTable _described;
    private FseTable? _current;

    private SequenceTable(FseAlphabet alphabet, int maximumAccuracyLog, int predefinedAccuracyLog, ReadOnlySpan<short> predefined)
    {
        _alphabet = alphabet;
        _described = new FseTable(maximumAccuracyLog);
        _predefined = new FseTable(predefinedAccuracyLog);
        _predefined.Build(predefined, predefinedAccuracyLog, alphabet);
    }

    /// <summary>The table of the block at hand. <see cref="TrySelect"/> must have chosen one since the frame began.</summary>
    public FseTable Current => _current ?? _predefined;

    // The predefined distributions: RFC 8878, 3.1.1.3.2.2.
    public static SequenceTable ForLiteralLengths() => new(FseAlphabet.LiteralLengths, 9, 6,
        [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1]);

    public static SequenceTable ForOffsets() => new(FseAlphabet.Offsets, 8, 5,
        [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1]);

    public static SequenceTable ForMatchLengths() => new(FseAlphabet.MatchLengths, 9, 6,
    [
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ]);

    /// <summary>A frame does not know the tables of the frame before it.</summary>
    public void StartFrame() => _current = null;

    /// <summary>Chooses a block's table by its mode: predefined, one symbol, described, or that of the block before.</summary>
    /// <param name="source">Begins with the table's description; moved behind it.</param>
    public bool TrySelect(int mode, ref ReadOnlySpan<byte> source)
    {
        if (mode == 3)
            return _current is not null;
        int length = 0;
        _current = mode == 0 ? _predefined : _described;
        if (mode == 1)
        {
            if (source.IsEmpty || source[0] >= _alphabet.Count)
                return false;
            _described.BuildRun(source[0], _alphabet);
            length = 1;
        }
        else if (mode == 2)
        {
            length = _described.TryRead(source, _alphabet);
            if (length == 0)
                return false;
        }

        source = source[length..];
        return true;
    }
}
