using System.Text;

namespace OpenStackStorage.Rings.Tests;

public class PickleReaderTests
{
    /// <summary>Opcodes in Latin-1, so that a case reads as pickletools shows it.</summary>
    private static object? Read(string pickle) => PickleReader.Read(Encoding.Latin1.GetBytes(pickle), "test.builder");

    public static TheoryData<string, object?> Scalars() => new()
    {
        { "N.", null },
        { "\u0080\u0002\u0088.", true },
        { "\u0089.", false },
        { "I00\n.", false },
        { "I01\n.", true },
        { "I1300507380\n.", 1300507380L },
        { "K\u00ff.", 255L },
        { "M\u0000\u0001.", 256L },
        { "J\u00fe\u00ff\u00ff\u00ff.", -2L },
        { "L-7L\n.", -7L },
        { "\u008a\u0000.", 0L },
        { "\u008a\u0005\u00ff\u00ff\u00ff\u00ff\u0000.", 4294967295L },
        { "\u008a\u0001\u00ff.", -1L },
        { "\u008b\u0002\u0000\u0000\u0000\u0000\u0080.", -32768L },
        { "G?\u00f0\u0000\u0000\u0000\u0000\u0000\u0000.", 1.0 },
        { "F2.5\n.", 2.5 },
        { "X\u0003\u0000\u0000\u0000a\u00c3\u00a9.", "aé" },
        { "U\u0002sd.", "sd" },
        { "T\u0002\u0000\u0000\u0000sd.", "sd" },
        { "S'a\\x41\\n\\'\\\\'\n.", "aA\n'\\" },
        { "Vsd\\u00e9\\U0001f600\n.", "sdé😀" },
        { "K\u0001K\u00020.", 1L },
        { "K\u0001(K\u0002K\u00031.", 1L },
    };

    [Theory]
    [MemberData(nameof(Scalars))]
    public void Scalars_are_read(string pickle, object? expected) => Assert.Equal(expected, Read(pickle));

    [Fact]
    public void Text_of_Python_2_keeps_bytes_that_are_no_ascii()
    {
        Assert.Equal([0xC3, 0xA9], Assert.IsType<PythonBytes>(Read("U\u0002\u00c3\u00a9.")).Bytes);
        Assert.True(PythonText.TryGet(Read("U\u0002\u00c3\u00a9."), out string? utf8));
        Assert.Equal("é", utf8);
        Assert.True(PythonText.TryGet(Read("U\u0001\u00e9."), out string? latin));
        Assert.Equal("é", latin);
    }

    [Fact]
    public void Bytes_that_were_no_text_keep_their_surrogates()
    {
        const string text = "a\udc80é\ud83d\ude00";
        Assert.Equal("\udc80", Read("X\u0003\u0000\u0000\u0000\u00ed\u00b2\u0080."));
        Assert.True(PythonText.TryFromUtf8(PythonText.ToUtf8(text), out string? back));
        Assert.Equal(text, back);
    }

    [Fact]
    public void Arrays_lie_in_one_piece()
    {
        Assert.Equal(new ushort[] { 1, 300, 70 }, Array("carray\narray\nX\u0001\u0000\u0000\u0000H](K\u0001M\u002c\u0001K\u0046e\u0086R."));
        Assert.Equal(new ushort[] { 1 }, Array("carray\narray\nU\u0001H]K\u0001a\u0086R."));
        Assert.Equal(new byte[] { 1, 255 }, Array("carray\narray\nU\u0001B](K\u0001K\u00ffe\u0086R."));
        Assert.Equal(new uint[] { 1, 65536, uint.MaxValue }, Array("carray\narray\nU\u0001I](K\u0001J\u0000\u0000\u0001\u0000\u008a\u0005\u00ff\u00ff\u00ff\u00ff\u0000e\u0086R."));
        Assert.Equal(new ushort[] { 1, 256 }, Array("carray\narray\n(U\u0001HU\u0004\u0001\u0000\u0000\u0001tR.")); // Python 2.6

        static object Array(string pickle) => Assert.IsType<PythonArray>(Read(pickle)).Data;
    }

    [Fact]
    public void Lists_change_to_objects_where_they_must()
    {
        PythonList list = Assert.IsType<PythonList>(Read("](K\u0001M\u0000\u0001eN\u0061(K\u0001K\u0002e."));
        Assert.Equal([1L, 256L, null, 1L, 2L], Enumerable.Range(0, list.Count).Select(i => list[i]));
        // Integers that are not appended are values like others.
        PythonDict dict = Assert.IsType<PythonDict>(Read("}](K\u0001K\u0002t00(U\u0001aK\u0007u."));
        Assert.True(dict.TryGet("a", out object? seven));
        Assert.Equal(7L, seven);
    }

    [Fact]
    public void The_memo_keeps_identity()
    {
        PythonList list = Assert.IsType<PythonList>(Read("]}q\u0000ah\u0000a}r\u0001\u0000\u0000\u0000aj\u0001\u0000\u0000\u0000ag1\na."));
        Assert.Same(list[0], list[1]);
        Assert.Same(list[2], list[3]);
        Assert.Same(list[2], list[4]);
        Assert.NotSame(list[0], list[2]);
    }

    [Fact]
    public void The_earliest_builders_are_objects()
    {
        foreach (string pickle in new[]
        {
            "cswift.common.ring.builder\nRingBuilder\n)\u0081}(U\u0005partsK\u0004ub.",
            "ccopy_reg\n_reconstructor\n(cswift.ring_builder\nRingBuilder\nc__builtin__\nobject\nNtR(dS'parts'\nI4\nsb.",
        })
        {
            PythonObject builder = Assert.IsType<PythonObject>(Read(pickle));
            Assert.EndsWith("RingBuilder", builder.Class, StringComparison.Ordinal);
            Assert.True(builder.State!.TryGet("parts", out object? parts));
            Assert.Equal(4L, parts);
        }
    }

    [Theory]
    [InlineData("cos\nsystem\n(S'echo'\ntR.", "os.system")]
    [InlineData("cbuiltins\neval\n.", "builtins.eval")]
    [InlineData("c__builtin__\ngetattr\n.", "__builtin__.getattr")]
    [InlineData("cswift.common.utils\nlock_path\n.", "swift.common.utils.lock_path")]
    [InlineData("carray\narray\u001b[2J\n.", "array.array?[2J")]
    public void No_other_name_is_taken(string pickle, string name)
    {
        RingException error = Assert.Throws<RingException>(() => Read(pickle));
        Assert.Equal(ErrorIds.RingFileUnsafe, error.Id);
        Assert.Contains($"byte 0: the file names '{name}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "byte 0")]
    [InlineData("N", "byte 1: 1 bytes are needed")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ffabc.", "4294967295 bytes are needed")]
    [InlineData("K\u0001\u0090.", "byte 2: 0x90 is no opcode")]
    [InlineData(".", "a value is missing")]
    [InlineData("(.", "a value is missing")]
    [InlineData("K\u0001e.", "a mark is missing")]
    [InlineData("N(K\u0001e.", "what is no list")]
    [InlineData("}(K\u0001u.", "a key has no value")]
    [InlineData("h\u0000.", "memo entry 0 of 0")]
    [InlineData("Nr\u0000\u00ff\u00ff\u00ff.", "memo entry 4294967040 follows 0")]
    [InlineData("K\u0001\u0086.", "2 values are needed")]
    [InlineData("K\u0001(\u0085.", "1 values are needed on the stack, 0 are there")]
    [InlineData("I12\u0661\n.", "can't be read")]
    [InlineData("Ia", "a line has no end")]
    [InlineData("\u008a\u0009\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u0001.", "larger than any number")]
    [InlineData("X\u0001\u0000\u0000\u0000\u00ff.", "not UTF-8")]
    [InlineData("S'a\n.", "no quotes")]
    [InlineData("S'\\'\n.", "within an escape")]
    [InlineData("V\\u12\n.", "lacks digits")]
    [InlineData("carray\narray\nU\u0001H](K\u0001Ne\u0086R.", "no such number")]
    [InlineData("carray\narray\nU\u0001B](M\u0000\u0001e\u0086R.", "no such number")]
    [InlineData("carray\narray\nU\u0001H]J\u0000\u0000\u0001\u0000a\u0086R.", "no such number")]
    [InlineData("carray\narray\nU\u0001HU\u0003abc\u0086R.", "no such number")]
    [InlineData("carray\narray\nU\u0001d]\u0086R.", "no such number")]
    [InlineData("carray\narray\nU\u0001H]q\u0000(K\u0001e\u0086Rh\u0000.", "became an array")]
    [InlineData("carray\narray\n)R.", "can't be called")]
    [InlineData("carray\narray\n)\u0081.", "can't be called")]
    [InlineData("K\u0001)R.", "a name and a tuple")]
    [InlineData("]}b.", "given attributes")]
    public void Damage_is_named_with_its_offset(string pickle, string what)
    {
        RingException error = Assert.Throws<RingException>(() => Read(pickle));
        Assert.Equal(ErrorIds.RingFileCorrupt, error.Id);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("'test.builder', byte ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Newer_protocols_are_named()
    {
        RingException error = Assert.Throws<RingException>(() => Read("\u0080\u0005N."));
        Assert.Equal(ErrorIds.RingFileNotSupported, error.Id);
    }

    public static TheoryData<string, string> Bombs() => new()
    {
        { "marks", new string('(', 2_000_000) },
        { "depth", new string(']', 2_000_000) },
        { "tuples", ")" + new string('\u0085', 2_000_000) + "." },
        { "doubling", "]" + string.Concat(Enumerable.Repeat("q\u0000(h\u0000h\u0000l", 300_000)) + "." },
        { "values", new string('N', 2_000_000) },
        { "rescans", "]" + string.Concat(Enumerable.Repeat("(K\u0001K\u00011", 200_000)) + "." },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Bombs_stay_small(string name, string pickle)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(pickle);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? error = Record.Exception(() => PickleReader.Read(bytes, name));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(error is null or RingException { Id.Name: nameof(ErrorIds.RingFileCorrupt) }, error?.ToString());
        Assert.InRange(allocated, 0, 32L * bytes.Length);
    }
}
