using System.Buffers.Binary;

namespace OpenStackStorage.Rings;

/// <summary>
/// Writes a pickle of protocol 2, opcode by opcode. Only what is referred to again gets a memo entry; Python numbers more,
/// and loads the same. Source: CPython, Lib/pickletools.py.
/// </summary>
internal sealed class PickleWriter(Stream stream) : IDisposable
{
    /// <summary>Items that Python puts on the stack at a time (Lib/pickle.py, _BATCHSIZE).</summary>
    private const int BatchSize = 1000;

    private const int LongestInteger = 11; // LONG1, its length, and up to 9 bytes

    private readonly byte[] _buffer = new byte[65536];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private int _length;
    private int _memoCount;
    private int _arrayClass = -1;

    public void Start() => Write([(byte)PickleOpcode.Proto, 2]);

    public void Stop()
    {
        Write(PickleOpcode.Stop);
        Flush();
    }

    public void Write(PickleOpcode opcode)
    {
        Need(1);
        _buffer[_length++] = (byte)opcode;
    }

    public void WriteNone() => Write(PickleOpcode.None);

    public void WriteBoolean(bool value) => Write(value ? PickleOpcode.NewTrue : PickleOpcode.NewFalse);

    public void WriteInteger(long value)
    {
        Need(LongestInteger);
        _length += EncodeInteger(_buffer.AsSpan(_length), value);
    }

    public void WriteFloat(double value)
    {
        Need(9);
        _buffer[_length] = (byte)PickleOpcode.BinFloat;
        BinaryPrimitives.WriteDoubleBigEndian(_buffer.AsSpan(_length + 1), value);
        _length += 9;
    }

    /// <summary>A text; lone surrogates are written as Python does.</summary>
    public void WriteText(string value)
    {
        byte[] utf8 = PythonText.ToUtf8(value);
        Need(5);
        _buffer[_length] = (byte)PickleOpcode.BinUnicode;
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_length + 1), utf8.Length);
        _length += 5;
        Write(utf8);
    }

    /// <summary>A text that comes again, as keys of dicts do: from the second time on it takes two bytes.</summary>
    public void WriteName(string name)
    {
        if (_names.TryGetValue(name, out int entry))
        {
            WriteGet(entry);
            return;
        }

        WriteText(name);
        _names.Add(name, WritePut());
    }

    /// <summary>Remembers the value written last; its memo entry.</summary>
    public int WritePut()
    {
        WriteMemo(PickleOpcode.BinPut, PickleOpcode.LongBinPut, _memoCount);
        return _memoCount++;
    }

    /// <summary>The very object that <see cref="WritePut"/> remembered.</summary>
    public void WriteGet(int entry) => WriteMemo(PickleOpcode.BinGet, PickleOpcode.LongBinGet, entry);

    /// <summary>An <c>array.array</c>, in the form that every Python from 2.7 on reads.</summary>
    public void WriteArray(byte[] values)
    {
        BeginArray("B");
        for (int start = 0; start < values.Length; start += BatchSize)
            WriteBatch(values.AsSpan(start, Math.Min(BatchSize, values.Length - start)));
        EndArray();
    }

    /// <inheritdoc cref="WriteArray(byte[])"/>
    public void WriteArray(ushort[] values)
    {
        BeginArray("H");
        for (int start = 0; start < values.Length; start += BatchSize)
            WriteBatch(values.AsSpan(start, Math.Min(BatchSize, values.Length - start)));
        EndArray();
    }

    /// <inheritdoc cref="WriteArray(byte[])"/>
    public void WriteArray(uint[] values)
    {
        BeginArray("I");
        for (int start = 0; start < values.Length; start += BatchSize)
            WriteBatch(values.AsSpan(start, Math.Min(BatchSize, values.Length - start)));
        EndArray();
    }

    /// <summary>A plain list of integers.</summary>
    public void WriteList(ReadOnlySpan<int> values)
    {
        Write(PickleOpcode.EmptyList);
        for (int start = 0; start < values.Length; start += BatchSize)
            WriteBatch(values.Slice(start, Math.Min(BatchSize, values.Length - start)));
    }

    public void Dispose() => Flush();

    private void BeginArray(string typeCode)
    {
        if (_arrayClass < 0)
        {
            Write("carray\narray\n"u8);
            _arrayClass = WritePut();
        }
        else
        {
            WriteGet(_arrayClass);
        }

        WriteText(typeCode);
        Write(PickleOpcode.EmptyList);
    }

    private void EndArray()
    {
        Write(PickleOpcode.Tuple2);
        Write(PickleOpcode.Reduce);
    }

    private void WriteBatch<T>(ReadOnlySpan<T> values)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        Need((BatchSize * LongestInteger) + 2);
        Span<byte> target = _buffer.AsSpan(_length);
        int length = 0;
        target[length++] = (byte)PickleOpcode.Mark;
        foreach (T value in values)
            length += EncodeInteger(target[length..], long.CreateTruncating(value));
        target[length++] = (byte)PickleOpcode.Appends;
        _length += length;
    }

    /// <summary>The shortest of Python's forms: BININT1, BININT2, BININT, LONG1. Up to <see cref="LongestInteger"/> bytes.</summary>
    private static int EncodeInteger(Span<byte> target, long value)
    {
        switch (value)
        {
            case >= 0 and <= byte.MaxValue:
                target[0] = (byte)PickleOpcode.BinInt1;
                target[1] = (byte)value;
                return 2;
            case >= 0 and <= ushort.MaxValue:
                target[0] = (byte)PickleOpcode.BinInt2;
                BinaryPrimitives.WriteUInt16LittleEndian(target[1..], (ushort)value);
                return 3;
            case >= int.MinValue and <= int.MaxValue:
                target[0] = (byte)PickleOpcode.BinInt;
                BinaryPrimitives.WriteInt32LittleEndian(target[1..], (int)value);
                return 5;
            default:
                target[0] = (byte)PickleOpcode.Long1;
                BinaryPrimitives.WriteInt64LittleEndian(target[2..], value);
                int length = 8;
                while (target[2 + length - 1] == (byte)(value >> 63) && (target[2 + length - 2] & 0x80) == (byte)((value >> 63) & 0x80))
                    length--;
                target[1] = (byte)length;
                return 2 + length;
        }
    }

    private void WriteMemo(PickleOpcode small, PickleOpcode large, int entry)
    {
        Need(5);
        _buffer[_length] = (byte)(entry <= byte.MaxValue ? small : large);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_length + 1), entry);
        _length += entry <= byte.MaxValue ? 2 : 5;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _length)
            Flush();
        if (bytes.Length > _buffer.Length)
        {
            stream.Write(bytes);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Need(int length)
    {
        if (length > _buffer.Length - _length)
            Flush();
    }

    private void Flush()
    {
        stream.Write(_buffer, 0, _length);
        _length = 0;
    }
}
