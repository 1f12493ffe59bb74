using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Rings;

/// <summary>
/// Reads pickles of protocols 0 to 2, as builder files are, without running anything: a name outside of the short list of
/// <see cref="PickleGlobals"/> is refused. There is no recursion; memory stays within a small multiple of the file's length.
/// Values are null, <c>bool</c>, <c>long</c>, <c>double</c>, <c>string</c> and the Pickle types.
/// Source: CPython, Lib/pickletools.py and Lib/pickle.py.
/// </summary>
internal ref struct PickleReader
{
    private const int HighestProtocol = 2;

    /// <summary>Items that may wait on the stack. Python puts 1000 there at a time.</summary>
    private const int MaximumStack = 65536;

    private const int FewContainers = 1024;

    private readonly List<object?> _stack = new(1024);
    private readonly List<int> _marks = [];
    private readonly List<object?> _memo = [];
    private PickleInput _input;
    private int _containers;

    private PickleReader(ReadOnlySpan<byte> bytes, string name) => _input = new PickleInput(bytes, name);

    /// <param name="bytes">A whole file; what follows the end of the pickle is ignored, as Python does.</param>
    /// <param name="name">Names the file in errors.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingFileCorrupt"/>, <see cref="ErrorIds.RingFileUnsafe"/> or <see cref="ErrorIds.RingFileNotSupported"/>.</exception>
    public static object? Read(ReadOnlySpan<byte> bytes, string name)
    {
        PickleReader reader = new(bytes, name);
        while (true)
        {
            reader._input.OpcodeOffset = reader._input.Position;
            PickleOpcode opcode = (PickleOpcode)reader._input.ReadByte();
            if (opcode == PickleOpcode.Stop)
                return reader.Pop();
            reader.Execute(opcode);
        }
    }

    private void Execute(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto: Protocol(_input.ReadByte()); break;
            case PickleOpcode.Mark: Mark(); break;
            case PickleOpcode.Pop: Discard(); break;
            case PickleOpcode.PopMark: PopToMark(); break;
            case PickleOpcode.Dup: Push(Top()); break;

            case PickleOpcode.None: Push(null); break;
            case PickleOpcode.NewTrue: Push(true); break;
            case PickleOpcode.NewFalse: Push(false); break;
            case PickleOpcode.BinInt: Push((long)(int)_input.ReadLength()); break;
            case PickleOpcode.BinInt1: Push((long)_input.ReadByte()); break;
            case PickleOpcode.BinInt2: Push((long)BinaryPrimitives.ReadUInt16LittleEndian(_input.Read(2))); break;
            case PickleOpcode.Long1: Push(_input.ReadLong(_input.ReadByte())); break;
            case PickleOpcode.Long4: Push(_input.ReadLong(_input.ReadLength())); break;
            case PickleOpcode.BinFloat: Push(BinaryPrimitives.ReadDoubleBigEndian(_input.Read(8))); break;
            case PickleOpcode.Int: Push(TextInteger(_input.ReadLine())); break;
            case PickleOpcode.Long: Push(_input.ParseInteger(_input.ReadLine().TrimEnd((byte)'L'))); break;
            case PickleOpcode.Float: Push(_input.ParseFloat(_input.ReadLine())); break;

            case PickleOpcode.BinUnicode: Push(_input.DecodeText(_input.Read(_input.ReadLength()))); break;
            case PickleOpcode.ShortBinString: Push(ByteString(_input.Read(_input.ReadByte()))); break;
            case PickleOpcode.BinString: Push(ByteString(_input.Read(_input.ReadLength()))); break;
            case PickleOpcode.String: Push(ByteString(PickleEscapes.Unquote(ref _input, _input.ReadLine()))); break;
            case PickleOpcode.Unicode: Push(PickleEscapes.DecodeRawUnicode(ref _input, _input.ReadLine())); break;

            case PickleOpcode.Put: Remember(_input.ParseInteger(_input.ReadLine())); break;
            case PickleOpcode.BinPut: Remember(_input.ReadByte()); break;
            case PickleOpcode.LongBinPut: Remember(_input.ReadLength()); break;
            case PickleOpcode.Get: Push(Recall(_input.ParseInteger(_input.ReadLine()))); break;
            case PickleOpcode.BinGet: Push(Recall(_input.ReadByte())); break;
            case PickleOpcode.LongBinGet: Push(Recall(_input.ReadLength())); break;

            case PickleOpcode.EmptyList: Push(NewContainer(new PythonList())); break;
            case PickleOpcode.EmptyDict: Push(NewContainer(new PythonDict())); break;
            case PickleOpcode.List: PushList(PopToMark()); break;
            case PickleOpcode.Dict: PushDict(PopToMark()); break;
            case PickleOpcode.Append: AppendOne(Pop()); break;
            case PickleOpcode.Appends: AppendAll(PopToMark()); break;
            case PickleOpcode.SetItem: SetOne(); break;
            case PickleOpcode.SetItems: SetAll(PopToMark()); break;
            case PickleOpcode.EmptyTuple: PushTuple([]); break;
            case PickleOpcode.Tuple: PushTuple(PopToMark()); break;
            case PickleOpcode.Tuple1: PushTuple(PopLast(1)); break;
            case PickleOpcode.Tuple2: PushTuple(PopLast(2)); break;
            case PickleOpcode.Tuple3: PushTuple(PopLast(3)); break;

            case PickleOpcode.Global: Push(PickleGlobals.Find(ref _input, _input.ReadLine(), _input.ReadLine())); break;
            case PickleOpcode.Reduce: Call(Pop(), Pop()); break;
            case PickleOpcode.NewObj: Call(Pop(), Pop()); break;
            case PickleOpcode.Build: Build(Pop()); break;
            default: throw _input.Corrupt($"0x{(byte)opcode:x2} is no opcode that a builder file has");
        }
    }

    private readonly void Protocol(byte version)
    {
        if (version > HighestProtocol)
            throw _input.NotSupported($"pickle protocol {version}; Swift writes builder files with protocol {HighestProtocol}");
    }

    private void Push(object? value)
    {
        if (_stack.Count >= MaximumStack)
            throw _input.Corrupt($"more than {MaximumStack} values wait on the stack");
        _stack.Add(value);
    }

    private readonly int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private readonly object? Top() => _stack.Count > Floor ? _stack[^1] : throw _input.Corrupt("a value is missing on the stack");

    private readonly object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly object?[] PopLast(int count)
    {
        if (_stack.Count - Floor < count)
            throw _input.Corrupt($"{count} values are needed on the stack, {_stack.Count - Floor} are there");
        object?[] items = new object?[count];
        _stack.CopyTo(_stack.Count - count, items, 0, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    /// <summary>What was pushed after the last mark. The mark goes.</summary>
    private readonly object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw _input.Corrupt("a mark is missing on the stack");
        object?[] items = PopLast(_stack.Count - Floor);
        _marks.RemoveAt(_marks.Count - 1);
        return items;
    }

    /// <summary>Python's POP takes a mark where one lies on top.</summary>
    private readonly void Discard()
    {
        if (_marks.Count > 0 && _marks[^1] == _stack.Count)
            _marks.RemoveAt(_marks.Count - 1);
        else
            Pop();
    }

    /// <summary>A mark; where only integers follow up to an APPENDS, they go straight into the list below.</summary>
    private void Mark()
    {
        if (_marks.Count >= MaximumStack)
            throw _input.Corrupt($"more than {MaximumStack} marks wait on the stack");
        if (_stack.Count > Floor && _stack[^1] is PythonList { IsCompact: true } list)
        {
            int count = list.Count;
            int length = list.AddShortIntegers(_input.Rest);
            if (length > 0 && length < _input.Rest.Length && _input.Rest[length] == (byte)PickleOpcode.Appends)
            {
                _input.Position += length + 1;
                return;
            }

            list.Truncate(count);
        }

        _marks.Add(_stack.Count);
    }

    private readonly object TextInteger(ReadOnlySpan<byte> line) => line switch
    {
        [(byte)'0', (byte)'0'] => false, // protocol 0 and 1 write booleans so
        [(byte)'0', (byte)'1'] => true,
        _ => _input.ParseInteger(line),
    };

    private static object ByteString(ReadOnlySpan<byte> bytes) =>
        Ascii.IsValid(bytes) ? Encoding.ASCII.GetString(bytes) : new PythonBytes(bytes.ToArray());

    /// <summary>Both Pythons number the memo in order, Python 2 from 1; so it needs no room for a number that is far off.</summary>
    private readonly void Remember(long index)
    {
        if (index < 0 || index > _memo.Count + 1)
            throw _input.Corrupt($"memo entry {index} follows {_memo.Count} entries");
        while (_memo.Count <= index)
            _memo.Add(null);
        _memo[(int)index] = Top();
    }

    private readonly object? Recall(long index)
    {
        if (index < 0 || index >= _memo.Count)
            throw _input.Corrupt($"memo entry {index} of {_memo.Count} is asked for");
        return _memo[(int)index] is PythonList { IsTaken: true }
            ? throw _input.Corrupt($"memo entry {index} became an array and can't be used again")
            : _memo[(int)index];
    }

    /// <summary>A container costs a byte in a hostile file, a dozen in a real one, and some fifty in memory.</summary>
    private T NewContainer<T>(T container)
    {
        if (++_containers > FewContainers + (_input.Length / 4))
            throw _input.Corrupt($"{_containers} lists, dicts and tuples in {_input.Length} bytes are no builder");
        return container;
    }

    private void PushTuple(object?[] items) => Push(NewContainer(new PythonTuple(items)));

    private void PushList(object?[] items)
    {
        Push(NewContainer(new PythonList()));
        AppendAll(items);
    }

    private void PushDict(object?[] items)
    {
        Push(NewContainer(new PythonDict()));
        SetAll(items);
    }

    private readonly void AppendOne(object? item)
    {
        if (Top() is not PythonList list)
            throw _input.Corrupt("an item is appended to what is no list");
        list.Add(item);
    }

    private readonly void AppendAll(object?[] items)
    {
        if (Top() is not PythonList list)
            throw _input.Corrupt("items are appended to what is no list");
        foreach (object? item in items)
            list.Add(item);
    }

    private readonly void SetOne()
    {
        object? value = Pop();
        SetAll([Pop(), value]);
    }

    private readonly void SetAll(object?[] items)
    {
        if (Top() is not PythonDict dict)
            throw _input.Corrupt("items are set in what is no dict");
        if (items.Length % 2 != 0)
            throw _input.Corrupt("a key has no value");
        for (int i = 0; i < items.Length; i += 2)
            dict.Set(items[i], items[i + 1]);
    }

    /// <summary>REDUCE and NEWOBJ: the few calls that the allow-list stands for, none of which runs code of the file.</summary>
    private void Call(object? arguments, object? callable)
    {
        if (callable is not PickleGlobal global || arguments is not PythonTuple tuple)
            throw _input.Corrupt("a call needs a name and a tuple");
        Push(NewContainer(PickleGlobals.Call(ref _input, global, tuple.Items)));
    }

    private readonly void Build(object? state)
    {
        if (Top() is not PythonObject target || state is not PythonDict attributes)
            throw _input.Corrupt("only an object of Swift's can be given attributes");
        target.State = attributes;
    }
}
