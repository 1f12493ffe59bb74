using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OpenStackStorage.Disks;

/// <summary>
/// The sequences of a compressed block: each copies literals, then repeats what lies an offset back. They are executed as
/// they are decoded. Source: RFC 8878, 3.1.1.3.2 to 3.1.1.5.
/// </summary>
internal sealed unsafe class ZstdSequences
{
    /// <summary>Bytes behind a copy that it may write to: copies go by 16, once for the literals and once for the match.</summary>
    private const int Slack = 32;

    private const int Step = 16;

    /// <summary>Bits of the three ways to a next row: 9 + 9 + 8. With 57 after a refill, so many may have been read before them.</summary>
    private const int BitsBeforeRows = 57 - 26;

    private readonly SequenceTable _literalLengths = SequenceTable.ForLiteralLengths();
    private readonly SequenceTable _offsets = SequenceTable.ForOffsets();
    private readonly SequenceTable _matchLengths = SequenceTable.ForMatchLengths();
    private readonly byte[] _patterns = GC.AllocateArray<byte>(Step * Step, pinned: true); // row by offset: i modulo offset
    private uint _repeated1;
    private uint _repeated2;
    private uint _repeated3;

    public ZstdSequences()
    {
        for (int i = Step; i < _patterns.Length; i++)
            _patterns[i] = (byte)(i % Step % (i / Step));
    }

    /// <summary>A frame does not know the tables and offsets of the frame before it.</summary>
    public void StartFrame()
    {
        _literalLengths.StartFrame();
        _offsets.StartFrame();
        _matchLengths.StartFrame();
        (_repeated1, _repeated2, _repeated3) = (1, 4, 8);
    }

    /// <summary>Decodes the section, which must fill <paramref name="length"/> bytes, and writes the block's content.</summary>
    /// <returns>Null, or what is wrong. When the target overran, the rest of the section is not judged.</returns>
    public string? Execute(byte* source, int length, ZstdLiterals literals, ref ZstdTarget target)
    {
        ReadOnlySpan<byte> section = new(source, length);
        int count = ReadCount(ref section);
        if (count < 0 || (count == 0 && !section.IsEmpty))
            return "a zstd block whose number of sequences is damaged";
        byte* nextLiteral = literals.Bytes;
        byte* literalsEnd = literals.Bytes + literals.Count;
        if (count > 0)
        {
            if (section.IsEmpty || (section[0] & 3) != 0)
                return "a zstd block with reserved bits";
            int modes = section[0];
            section = section[1..];
            if (!_literalLengths.TrySelect(modes >> 6, ref section)
                || !_offsets.TrySelect((modes >> 4) & 3, ref section)
                || !_matchLengths.TrySelect((modes >> 2) & 3, ref section))
            {
                return "a zstd block whose table of sequences is damaged";
            }

            if (!BackwardBitReader.TryStart(source + length - section.Length, section.Length, out BackwardBitReader reader))
                return "a zstd block whose sequences have no end mark";
            if (ExecuteAll(reader, count, ref nextLiteral, literalsEnd, ref target) is { } problem)
                return problem;
        }

        if (!target.Overran)
            target.Write(new ReadOnlySpan<byte>(nextLiteral, (int)(literalsEnd - nextLiteral)));
        return null;
    }

    private static int ReadCount(ref ReadOnlySpan<byte> section)
    {
        int size = section.IsEmpty ? 1 : section[0] switch { < 128 => 1, < 255 => 2, _ => 3 };
        if (section.Length < size)
            return -1;
        int count = size switch
        {
            1 => section[0],
            2 => ((section[0] - 128) << 8) + section[1],
            _ => section[1] + (section[2] << 8) + 0x7F00,
        };
        section = section[size..];
        return count;
    }

    private string? ExecuteAll(BackwardBitReader reader, int count, ref byte* nextLiteral, byte* literalsEnd, ref ZstdTarget target)
    {
        const string tooShort = "a zstd block whose sequences end too early";
        FseRow* literalRows = _literalLengths.Current.Rows;
        FseRow* offsetRows = _offsets.Current.Rows;
        FseRow* matchRows = _matchLengths.Current.Rows;
        FseRow* literalRow = literalRows + reader.Read(_literalLengths.Current.AccuracyLog);
        FseRow* offsetRow = offsetRows + reader.Read(_offsets.Current.AccuracyLog);
        FseRow* matchRow = matchRows + reader.Read(_matchLengths.Current.AccuracyLog);
        byte* patterns = (byte*)Unsafe.AsPointer(ref _patterns[0]);
        byte* frame = target.Frame;
        byte* end = target.End;
        byte* output = target.Position;
        byte* literal = nextLiteral;
        uint repeated1 = _repeated1;
        uint repeated2 = _repeated2;
        uint repeated3 = _repeated3;
        while (true)
        {
            if (!reader.Refill())
                return tooShort;
            int extraBits = offsetRow->ExtraBits + matchRow->ExtraBits + literalRow->ExtraBits;
            uint offset = offsetRow->Value + reader.Read(offsetRow->ExtraBits);
            uint matchLength = matchRow->Value + reader.Read(matchRow->ExtraBits);
            uint literalLength = literalRow->Value + reader.Read(literalRow->ExtraBits);
            if (--count > 0)
            {
                if (extraBits > BitsBeforeRows && !reader.Refill())
                    return tooShort;
                literalRow = literalRows + literalRow->NextRow + reader.Read(literalRow->NextBits);
                matchRow = matchRows + matchRow->NextRow + reader.Read(matchRow->NextBits);
                offsetRow = offsetRows + offsetRow->NextRow + reader.Read(offsetRow->NextBits);
            }

            // Values 1 to 3 stand for the offsets used last (3.1.1.5).
            if (offset > 3)
            {
                offset -= 3;
                repeated3 = repeated2;
                repeated2 = repeated1;
                repeated1 = offset;
            }
            else
            {
                uint which = offset - (literalLength == 0 ? 0u : 1u);
                offset = which switch { 0 => repeated1, 1 => repeated2, 2 => repeated3, _ => repeated1 - 1 };
                if (which > 1)
                    repeated3 = repeated2;
                if (which > 0)
                    repeated2 = repeated1;
                repeated1 = offset;
            }

            if (literalLength > (nuint)(literalsEnd - literal))
                return "a zstd block with more literals used than stored";
            if ((nuint)offset - 1 >= (nuint)(output - frame) + literalLength)
                return $"an offset of {offset} bytes after {output - frame + literalLength} bytes of a zstd frame";
            if (end - output < (nint)literalLength + (nint)matchLength + Slack)
            {
                target.Position = output;
                target.Write(new ReadOnlySpan<byte>(literal, (int)literalLength));
                target.Repeat(offset, (int)matchLength);
                if (target.Overran)
                    return null;
                output = target.Position;
                literal += literalLength;
            }
            else
            {
                Copy(literal, output, literalLength);
                literal += literalLength;
                output += literalLength;
                if (offset >= Step)
                    Copy(output - offset, output, matchLength);
                else
                    Repeat(patterns, offset, output, matchLength);
                output += matchLength;
            }

            if (count == 0)
                break;
        }

        if (reader.Remaining != 0)
            return "a zstd block whose sequences do not end with their bits";
        (_repeated1, _repeated2, _repeated3) = (repeated1, repeated2, repeated3);
        nextLiteral = literal;
        target.Position = output;
        return null;
    }

    /// <summary>Copies in steps of 16 bytes; up to 15 more than asked for. What lies less than 16 bytes apart is <see cref="Repeat"/>'s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* from, byte* to, uint count)
    {
        Vector128.Store(Vector128.Load(from), to);
        for (nuint i = Step; i < count; i += Step)
            Vector128.Store(Vector128.Load(from + i), to + i);
    }

    /// <summary>Repeats a pattern of 1 to 15 bytes, as many whole ones per step as 16 bytes hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Repeat(byte* patterns, uint offset, byte* to, uint count)
    {
        Vector128<byte> pattern = Vector128.Shuffle(Vector128.Load(to - offset), Vector128.Load(patterns + (Step * offset)));
        nuint step = Step - (Step % offset);
        for (nuint i = 0; i < count; i += step)
            Vector128.Store(pattern, to + i);
    }
}
