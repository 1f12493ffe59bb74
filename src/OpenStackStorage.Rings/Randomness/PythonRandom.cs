using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace OpenStackStorage.Rings;

/// <summary>What a rebalance's random choices start from. The CLI's seeds are always text: <c>"7"</c> is not 7.</summary>
public readonly record struct RingSeed
{
    private readonly BigInteger? _value;

    private RingSeed(BigInteger value) => _value = value;

    /// <summary>A new ring each time.</summary>
    public static RingSeed None => default;

    /// <summary>Source: CPython, Lib/random.py, Random.seed: the text's UTF-8 and its SHA-512 after it, as one number.</summary>
    public static RingSeed FromText(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return new(new BigInteger([.. utf8, .. SHA512.HashData(utf8)], isUnsigned: true, isBigEndian: true));
    }

    /// <summary>Source: CPython, Modules/_randommodule.c, random_seed: the sign does not count.</summary>
    public static RingSeed FromInteger(BigInteger value) => new(BigInteger.Abs(value));

    internal PythonRandom CreateRandom() =>
        new(_value ?? new BigInteger(RandomNumberGenerator.GetBytes(64), isUnsigned: true));
}

/// <summary>CPython's generator: the Mersenne Twister MT19937 and what Lib/random.py draws from it.</summary>
/// <remarks>Source: Matsumoto and Nishimura, mt19937ar; CPython, Modules/_randommodule.c and Lib/random.py.</remarks>
internal sealed class PythonRandom
{
    private const int Length = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Length];
    private int _next = Length;

    /// <param name="seed">Not negative; its 32-bit words, the lowest first, are the key.</param>
    public PythonRandom(BigInteger seed)
    {
        byte[] bytes = seed.ToByteArray(isUnsigned: true);
        uint[] key = new uint[Math.Max(1, (bytes.Length + 3) / 4)];
        for (int i = 0; i < bytes.Length; i++)
            key[i / 4] |= (uint)bytes[i] << (8 * (i % 4));
        InitializeByArray(key);
    }

    /// <summary>32 random bits.</summary>
    public uint NextWord()
    {
        if (_next == Length)
            Twist();
        uint word = _state[_next++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c5680;
        word ^= (word << 15) & 0xefc60000;
        return word ^ (word >> 18);
    }

    /// <summary>A number below <paramref name="bound"/>, by rejection: a power of two draws one bit more than it needs.</summary>
    /// <param name="bound">From 1.</param>
    public uint Below(uint bound)
    {
        int shift = BitOperations.LeadingZeroCount(bound);
        uint value = NextWord() >> shift;
        while (value >= bound)
            value = NextWord() >> shift;
        return value;
    }

    /// <summary>A number from 0 to <paramref name="last"/>: Python's <c>randint(0, last)</c>.</summary>
    public int UpTo(int last) => (int)Below((uint)last + 1);

    /// <summary>Python's <c>shuffle</c>: from the end down, each item changes places with one at or before it.</summary>
    public void Shuffle(Span<int> items, CancellationToken token)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            if ((i & 0xfffff) == 0)
                token.ThrowIfCancellationRequested();
            int j = (int)Below((uint)i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private void InitializeByArray(ReadOnlySpan<uint> key)
    {
        _state[0] = 19650218;
        for (int n = 1; n < Length; n++)
            _state[n] = (1812433253 * (_state[n - 1] ^ (_state[n - 1] >> 30))) + (uint)n;

        int i = 1, j = 0;
        for (int k = Math.Max(Length, key.Length); k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1664525)) + key[j] + (uint)j;
            Advance(ref i);
            if (++j == key.Length)
                j = 0;
        }

        for (int k = Length - 1; k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            Advance(ref i);
        }

        _state[0] = 0x80000000;
    }

    private void Advance(ref int i)
    {
        if (++i < Length)
            return;
        _state[0] = _state[Length - 1];
        i = 1;
    }

    private void Twist()
    {
        uint[] state = _state;
        for (int i = 0; i < Length - Middle; i++)
            state[i] = state[i + Middle] ^ Mix(state[i], state[i + 1]);
        for (int i = Length - Middle; i < Length - 1; i++)
            state[i] = state[i + Middle - Length] ^ Mix(state[i], state[i + 1]);
        state[Length - 1] = state[Middle - 1] ^ Mix(state[Length - 1], state[0]);
        _next = 0;
    }

    private static uint Mix(uint word, uint next) =>
        (((word & 0x80000000) | (next & 0x7fffffff)) >> 1) ^ ((next & 1) * 0x9908b0df);
}
