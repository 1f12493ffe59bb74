using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace OpenStackStorage.Rings;

/// <summary>
/// A Python list. While it holds nothing but integers of at most 16 or 32 bits, as the rows of a ring do, they lie in one
/// array and none is boxed.
/// </summary>
internal sealed class PythonList
{
    private const int FirstCapacity = 4;
    private const byte Int1 = (byte)PickleOpcode.BinInt1;
    private const byte Int2 = (byte)PickleOpcode.BinInt2;

    private ushort[]? _narrow;
    private uint[]? _wide;
    private List<object?>? _objects;
    private bool _taken;

    public int Count { get; private set; }

    /// <summary>Whether integers can still be added without boxing.</summary>
    public bool IsCompact => _objects is null && !_taken;

    /// <summary>Whether <see cref="Take{T}"/> gave the content away; a list in this state has none.</summary>
    public bool IsTaken => _taken;

    public object? this[int index] => _objects is not null ? _objects[index] : _narrow is not null ? (long)_narrow[index] : (long)_wide![index];

    public void Add(object? value)
    {
        if (IsCompact && value is long number and >= 0 and <= uint.MaxValue)
        {
            AddInteger((uint)number);
            return;
        }

        ToObjects();
        _objects!.Add(value);
        Count++;
    }

    public void AddInteger(uint value)
    {
        if (_wide is null && value <= ushort.MaxValue)
        {
            if (_narrow is null || Count == _narrow.Length)
                Grow(ref _narrow);
            _narrow[Count++] = (ushort)value;
            return;
        }

        if (_wide is null)
            Widen();
        if (Count == _wide!.Length)
            Grow(ref _wide);
        _wide[Count++] = value;
    }

    /// <summary>
    /// Adds the integers that <paramref name="opcodes"/> begins with, for as long as they are BININT1 or BININT2.
    /// Returns the bytes they take. This is where the time of loading goes: four bytes are looked at as one, without a
    /// branch between the two lengths.
    /// </summary>
    public int AddShortIntegers(ReadOnlySpan<byte> opcodes)
    {
        int at = 0;
        while (_wide is null && opcodes.Length - at >= sizeof(uint) && opcodes[at] is Int1 or Int2)
        {
            if (_narrow is null || Count == _narrow.Length)
                Grow(ref _narrow);
            Span<ushort> free = _narrow.AsSpan(Count);
            int added = 0;
            while (added < free.Length && opcodes.Length - at >= sizeof(uint))
            {
                uint four = BinaryPrimitives.ReadUInt32LittleEndian(opcodes[at..]);
                uint kind = (four & 0xFF) - Int1; // 0 or 2
                if ((kind & ~2u) != 0)
                    break;
                free[added++] = (ushort)((four >> 8) & (0xFF | (0xFF00 * (kind >> 1))));
                at += 2 + (int)(kind >> 1);
            }

            Count += added;
        }

        return at;
    }

    /// <summary>Drops what was added after the list had <paramref name="count"/> integers.</summary>
    public void Truncate(int count) => Count = count;

    /// <summary>
    /// Gives the integers away as an array of <typeparamref name="T"/> without a copy where the width fits; null when one
    /// is no such number. The list is empty afterwards.
    /// </summary>
    public T[]? Take<T>()
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        if (_objects is not null || _taken)
            return null;
        T[]? result = _wide is not null ? Convert<uint, T>(_wide) : Convert<ushort, T>(_narrow ?? []);
        if (result is null)
            return null;
        _taken = true;
        _narrow = null;
        _wide = null;
        Count = 0;
        return result;
    }

    private T[]? Convert<TFrom, T>(TFrom[] from)
        where TFrom : unmanaged, IBinaryInteger<TFrom>
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        if (from is T[] same && same.Length == Count)
            return same;
        if (from is T[] longer)
            return longer.AsSpan(0, Count).ToArray();

        T[] result = GC.AllocateUninitializedArray<T>(Count);
        uint largest = 0;
        for (int i = 0; i < result.Length; i++)
        {
            uint value = uint.CreateTruncating(from[i]);
            largest = Math.Max(largest, value);
            result[i] = T.CreateTruncating(value);
        }

        return largest > uint.CreateSaturating(T.MaxValue) ? null : result;
    }

    private void Widen()
    {
        _wide = GC.AllocateUninitializedArray<uint>(Math.Max(FirstCapacity, _narrow?.Length ?? 0));
        for (int i = 0; i < Count; i++)
            _wide[i] = _narrow![i];
        _narrow = null;
    }

    private void ToObjects()
    {
        if (_objects is not null)
            return;
        List<object?> objects = new(Count);
        for (int i = 0; i < Count; i++)
            objects.Add(this[i]);
        _objects = objects;
        _narrow = null;
        _wide = null;
    }

    /// <summary>Doubles: a row of 2^n items ends in an array of just that length, and is taken without a copy.</summary>
    private static void Grow<T>([NotNull] ref T[]? array)
    {
        T[] larger = GC.AllocateUninitializedArray<T>(array is null ? FirstCapacity : (int)Math.Min(array.Length * 2L, Array.MaxLength));
        array?.CopyTo(larger, 0);
        array = larger;
    }
}
