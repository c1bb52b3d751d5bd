using System.Diagnostics;
using System.IO.Compression;
using Paa.Checkpoints;
using static Paa.Tests.Checkpoints.PickleFile;

namespace Paa.Tests.Checkpoints;

/// <summary>Pickles that want to run code, or to cost memory or time without end: each gives one clear error.</summary>
public class HostilePickleTests
{
    /// <summary>Each takes well below two seconds on an idle machine; one that runs other tests too may need longer.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    static readonly byte[] CallEchoOwned = [.. Text("echo owned"), 0x85, (byte)'R'];

    /// <summary>Kind, pickle, and a part of the error.</summary>
    static readonly (string Kind, byte[] Pickle, string Expected)[] Hostile =
    [
        ("os.system by GLOBAL", Pickle(Code("cos\nsystem\n"), CallEchoOwned), "'os.system'"),
        ("os.system by STACK_GLOBAL", Pickle(Text("os"), Text("system"), [0x93], CallEchoOwned), "'os.system'"),
        ("posix.system", Pickle(Code("cposix\nsystem\n"), CallEchoOwned), "'posix.system'"),
        ("builtins.eval", Pickle(Code("c__builtin__\neval\n"), CallEchoOwned), "'builtins.eval'"),
        ("a module", Pickle(Code("ctorch.nn.modules.conv\nConv2d\n)R")), "'torch.nn.modules.conv.Conv2d'"),
        ("INST", Pickle(Code("(S'echo'\nios\nsystem\n")), "0x53"),
        ("an escape in a name", Pickle(Code("cos\n\u001b[31m\u00ffsystem\n")), "'os.?[31m\u00ffsystem'"),
        ("call of a text", Pickle(Text("os.system"), CallEchoOwned), "calls something"),
        ("call of a dtype", Pickle(Code("ctorch\nfloat32\n)R")), "calls something"),
        ("a global as data", Pickle(Code("ccollections\nOrderedDict\n")), "collections.OrderedDict"),
        ("state of a list", Pickle(Code("]}b")), "sets the state"),
        ("empty stack", Pickle(Code("0")), "more values than it made"),
        ("pop below a mark", Pickle(Code("N(a")), "more values than it made"),
        ("no mark", Pickle(Code("Nt")), "more values than it made"),
        ("nothing", Pickle(), "more values than it made"),
        ("append to a dict", Pickle(Code("}Na")), "appends"),
        ("odd items", Pickle(Code("}(Nu")), "sets items"),
        ("key that is a list", Pickle(Code("}]Ns")), "key of type"),
        ("memo never put", Pickle(Code("h\u0005")), "has not remembered"),
        ("memo number of billions", Pickle([(byte)'N', (byte)'r', 0xff, 0xff, 0xff, 0x7f]), "remembers a value"),
        ("text of 2 GB", Pickle([(byte)'X', 0xff, 0xff, 0xff, 0x7f]), "cut off"),
        ("text of 2^63", Pickle([0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), "cut off"),
        ("bytes of 2^64", Pickle([0x8e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "cut off"),
        ("integer of 2 GB", Pickle([0x8b, 0xff, 0xff, 0xff, 0x7f]), "cut off"),
        ("line without end", Pickle(Code("c" + new string('a', 10_000))), "ends nowhere"),
        ("text that is not UTF-8", Pickle([0x8c, 2, 0xff, 0xfe]), "UTF-8"),
        ("unknown instruction", Pickle([0xff]), "0xff"),
        ("protocol 9", [0x80, 9, (byte)'N', (byte)'.'], "protocol 9"),
        ("list in itself", Pickle(Code("]q\u0000h\u0000a")), "contains itself"),
        ("dict in itself", Pickle(Code("}q\u0000"), Text("k"), Code("h\u0000s")), "contains itself"),
        ("a million lists in lists", Pickle(Code(new string(']', 1_000_000) + new string('a', 999_999))), "deeper than"),
        ("a million tuples in tuples", Pickle(Code("N" + new string('\u0085', 1_000_000))), "deeper than"),
        ("depth by shared parts", Pickle(Code(SharedChains(4))), "deeper than"),
        ("billion laughs", Pickle(Code("]" + string.Concat(Enumerable.Repeat("q\u0000(h\u0000h\u0000h\u0000h\u0000l", 60)))),
            "without end"),
        ("five million marks", Pickle(Code(new string('(', 5_000_000))), "more than 4000000 objects"),
        ("five million dicts", Pickle(Code(new string('}', 5_000_000))), "more than 4000000 objects"),
        ("long text as key, often", Pickle(LongKeys()), "copies its texts"),
        ("bytes copied often", Pickle(CopiedBytes()), "copies its texts"),
        ("storage of a list", Pickle(Code("]Q")), "refers to a storage wrongly"),
        ("tensor of nothing", Pickle(Code("ctorch._utils\n_rebuild_tensor_v2\n)R")), "describes a tensor wrongly"),
        ("bare storage", Pickle(Code("("), Text("storage"), Code("ctorch\nFloatStorage\n"), Text("0"), Text("cpu"),
            Code("K\u0000tQ")), "bare storage"),
        ("view past the end", Pickle(Tensor(4, "K\u0000", "K\u0005\u0085", "K\u0001\u0085")), "outside of its storage"),
        ("view by offset", Pickle(Tensor(4, "K\u0004", "K\u0001\u0085", "K\u0001\u0085")), "outside of its storage"),
        ("negative offset", Pickle(Tensor(4, "J\u00ff\u00ff\u00ff\u00ff", "K\u0001\u0085", "K\u0001\u0085")),
            "outside of its storage"),
        ("negative size", Pickle(Tensor(4, "K\u0000", "J\u00ff\u00ff\u00ff\u00ff\u0085", "K\u0001\u0085")), "shape [-1]"),
        ("negative stride", Pickle(Tensor(4, "K\u0003", "K\u0002\u0085", "J\u00ff\u00ff\u00ff\u00ff\u0085")), "stride -1"),
        ("sizes whose product overflows", Pickle(Tensor(
            4, "K\u0000", "\u008a\u0005\0\0\0\0\u0001\u008a\u0005\0\0\0\0\u0001\u0086", "K\u0000K\u0000\u0086")), "too large"),
        ("strides whose product overflows", Pickle(Tensor(4, "K\u0000", "K\u0003\u0085",
            "\u008a\u0008\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f\u0085")), "outside of its storage"),
        ("expanded to a terabyte", Pickle(Tensor(1, "K\u0000", "\u008a\u0006\0\0\0\0\0\u0001\u0085", "K\u0000\u0085")),
            "repeats"),
        ("sizes without strides", Pickle(Tensor(4, "K\u0000", "K\u0004\u0085", ")")), "sizes and"),
        ("a hundred axes", Pickle(Tensor(4, "K\u0000", "(" + string.Concat(Enumerable.Repeat("K\u0001", 100)) + "t", ")")),
            "axes"),
        ("storage of 2 GB", Pickle(Tensor(int.MaxValue / 4, "K\u0000", "K\u0001\u0085", "K\u0001\u0085")), ""),
        ("storage of -1", Pickle(Tensor(-1, "K\u0000", "K\u0001\u0085", "K\u0001\u0085")), "storage '0'"),
    ];

    public static TheoryData<string> Kinds => [.. Hostile.Select(hostile => hostile.Kind)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_OfHostilePickle_GivesOneClearError(string kind)
    {
        var (_, pickle, expected) = Hostile.Single(hostile => hostile.Kind == kind);
        using var folder = new TemporaryFolder();
        AssertRefused(folder.Write("legacy.pth", Legacy(pickle)), expected, kind);
        AssertRefused(folder.Write("zip.pth", Zip(pickle)), expected, kind);
    }

    [Fact]
    public void Read_OfManyCollidingKeys_TakesNoQuadraticTime()
    {
        using var folder = new TemporaryFolder();
        var code = new MemoryStream();
        code.Write(Code("}("));
        for (var i = 0; i < 300_000; i++)                // high and low half equal: one hash code in .NET
        {
            code.Write([0x8a, 8, .. BitConverter.GetBytes((uint)i), .. BitConverter.GetBytes((uint)i)]);
            code.Write(Code("N"));
        }
        code.Write(Code("u"));
        var path = folder.Write("keys.pth", Zip(Pickle(code.ToArray()), CompressionLevel.Fastest));
        var clock = Stopwatch.StartNew();
        Assert.Equal(300_000, Assert.IsType<PickleDict>(TorchFile.Read(path)).Count);
        Assert.True(clock.Elapsed < Patience, $"It took {clock.Elapsed}.");
    }

    internal static void AssertRefused(string path, string expected, string kind)
    {
        var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
        var error = Record.Exception(() => TorchFile.Read(path));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(error is CheckpointException, $"{kind}: {error?.ToString() ?? "no error"}");
        Assert.StartsWith(path, error!.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.True(clock.Elapsed < Patience, $"{kind}: took {clock.Elapsed}.");
        Assert.True(allocated < 600 << 20, $"{kind}: allocated {allocated >> 20} MB.");
    }

    /// <summary>Chains of 150 tuples, each ending in the one before, shortest first: no step of a walk is deep, the whole
    /// is.</summary>
    static string SharedChains(int count)
    {
        var chain = new string('\u0085', 150) + "q\u0000";
        return "]N" + chain + "a" + string.Concat(Enumerable.Repeat("h\u0000" + chain + "a", count));
    }

    static byte[] LongKeys() =>
        [.. Code("}"), (byte)'X', .. BitConverter.GetBytes(1_000_000), .. new byte[1_000_000], .. Code("q\u0000N"),
            .. Code("s" + string.Concat(Enumerable.Repeat("h\u0000Ns", 1000)))];

    static byte[] CopiedBytes() =>
    [
        .. Code("]c_codecs\nencode\nq\u0000"), (byte)'X', .. BitConverter.GetBytes(1_000_000), .. new byte[1_000_000],
            .. Text("latin1"),
        .. Code("\u0086q\u0001Ra" + string.Concat(Enumerable.Repeat("h\u0000h\u0001Ra", 1000))),
    ];
}
