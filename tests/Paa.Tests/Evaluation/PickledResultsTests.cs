using Paa.Data;
using Paa.Evaluation;
using Paa.Tests.Checkpoints;

namespace Paa.Tests.Evaluation;

/// <summary>
/// Results that MMDetection pickled, against the same in COCO's format; make_results.py beside the files made both.
/// </summary>
public sealed class PickledResultsTests : IDisposable
{
    static readonly string Files = Path.Combine(Repository.Root, "tests/Paa.Tests/Evaluation/Pickles");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static CocoDataset Dataset => CocoDataset.Load(Path.Combine(Files, "instances.json"));

    [Theory]
    [InlineData("results2.pkl")]
    [InlineData("results2-masks.pkl")]
    [InlineData("results2-protocol5.pkl")]
    [InlineData("results2-doubles.pkl")]
    [InlineData("results3.pkl")]
    [InlineData("results3-protocol4.pkl")]
    public void Read_GivesTheNumbersOfCocosFormat(string file)
    {
        var expected = CocoResults.Read(Path.Combine(Files, "results.bbox.json"), Dataset);
        Assert.Equal(8, expected.Length);
        Assert.Equal(expected, CocoResults.Read(Path.Combine(Files, file), Dataset));
    }

    [Fact]
    public void Read_KnowsTheModulesOfNumPy2()
    {
        var bytes = File.ReadAllBytes(Path.Combine(Files, "results2.pkl"));
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        Assert.Contains("cnumpy.core.multiarray\n", text);
        File.WriteAllBytes(_folder["new.pkl"], System.Text.Encoding.Latin1.GetBytes(text.Replace("numpy.core", "numpy._core")));
        Assert.Equal(8, CocoResults.Read(_folder["new.pkl"], Dataset).Length);
    }

    [Fact]
    public void Read_OfAnotherDataSet_SaysWhatDoesNotFit()
    {
        var two = _folder.Write("two.json", """
            { "images": [{ "id": 1, "file_name": "a.jpg", "width": 9, "height": 9 },
                         { "id": 2, "file_name": "b.jpg", "width": 9, "height": 9 }],
              "categories": [{ "id": 1, "name": "a" }], "annotations": [] }
            """);
        Assert.Contains("has results of 3 images, but there are 2 in the annotation file", Error("results2.pkl", two));
        Assert.Contains("item 0 has the label 1, but there are 1 classes.", Error("results3.pkl", two));

        static string Error(string file, string annotations) => Assert.Throws<DataException>(
            () => CocoResults.Read(Path.Combine(Files, file), CocoDataset.Load(annotations))).Message;
    }

    /// <summary>Damaged bytes give results or one clear error.</summary>
    [Theory]
    [InlineData("results2.pkl")]
    [InlineData("results2-protocol5.pkl")]
    [InlineData("results3.pkl")]
    public void Read_OfADamagedFile_IsAnErrorOrResults(string file)
    {
        var (bytes, dataset) = (File.ReadAllBytes(Path.Combine(Files, file)), Dataset);
        var random = new Random(12);
        var errors = 0;
        for (var trial = 0; trial < 400; trial++)
        {
            byte[] damaged = [.. bytes];
            for (var i = random.Next(1, 4); i > 0; i--) damaged[random.Next(2, bytes.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) damaged = damaged[..random.Next(2, bytes.Length)];
            File.WriteAllBytes(_folder["damaged.pkl"], damaged);
            try
            {
                CocoResults.Read(_folder["damaged.pkl"], dataset);
            }
            catch (DataException)
            {
                errors++;
            }
        }
        Assert.InRange(errors, 100, 399);
    }

    static readonly Dictionary<string, (byte[] Pickle, string Expected)> Hostile = new()
    {
        ["a command"] = (PickleFile.Pickle(PickleFile.Code("cos\nsystem\n(X\u0004\0\0\0echotR")), "'os.system'"),
        ["one array for many images"] = (PickleFile.Pickle(
            Array(rows: 1000, bytes: 20_000), PickleFile.Code("q\u00000](" + Times("(h\u0000l", ManyImages) + "e")),
            "repeats its boxes"),
        ["a storage in a storage"] = (PickleFile.Pickle(Nested(Nested(PickleFile.Code("N")))), "describes a storage wrongly"),
        ["one storage read again and again"] = (PickleFile.Pickle(
            PickleFile.Code("B"), BitConverter.GetBytes(1 << 20), new byte[1 << 20],
            PickleFile.Code("q\u00000" + Times("ctorch.storage\n_load_from_bytes\nh\u0000\u0085R0", 500) + "]")), "damaged"),
        ["an array of more than its bytes"] = (PickleFile.Pickle(Array(rows: 2, bytes: 20)), "reaches outside"),
        ["an array of less than its bytes"] = (PickleFile.Pickle(Array(rows: 1, bytes: 40)), "describes a NumPy array wrongly"),
        ["an array of 2^62 rows"] = (PickleFile.Pickle(Array(rows: 1L << 62, bytes: 20)), "the shape"),
        ["another object"] = (PickleFile.Pickle(PickleFile.Code("}")), "expected a list with an item for each image"),
    };

    public static TheoryData<string> Kinds => [.. Hostile.Keys];

    const int ManyImages = 20_000;

    /// <summary>Files that want to run code, or to cost memory or time without end.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_OfAHostileFile_IsOneError(string kind)
    {
        var images = Enumerable.Range(1, kind == "one array for many images" ? ManyImages : 1).Select(id =>
            $$"""{ "id": {{id}}, "file_name": "a.jpg", "width": 9, "height": 9 }""");
        var annotations = _folder.Write("many.json", $$"""
            { "images": [{{string.Join(",", images)}}], "categories": [{ "id": 1, "name": "a" }], "annotations": [] }
            """);
        File.WriteAllBytes(_folder["hostile.pkl"], Hostile[kind].Pickle);
        var dataset = CocoDataset.Load(annotations);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var error = Assert.Throws<DataException>(() => CocoResults.Read(_folder["hostile.pkl"], dataset));
        Assert.Contains(Hostile[kind].Expected, error.Message);
        Assert.True(clock.Elapsed < HostilePickleTests.Patience, $"{clock.Elapsed}");
    }

    static string Times(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    /// <summary>An array [rows, 5] of single precision.</summary>
    static byte[] Array(long rows, int bytes) =>
    [
        .. PickleFile.Code("cnumpy.core.numeric\n_frombuffer\n("),
        (byte)'B', .. BitConverter.GetBytes(bytes), .. new byte[bytes],
        .. PickleFile.Code("cnumpy\ndtype\n"), .. PickleFile.Text("f4"), 0x89, 0x88, 0x87, (byte)'R',
        0x8a, 8, .. BitConverter.GetBytes(rows), (byte)'K', 5, 0x86, .. PickleFile.Text("C"), .. PickleFile.Code("tR"),
    ];

    /// <summary>A storage whose file holds this pickle instead of a persistent id.</summary>
    static byte[] Nested(byte[] inner)
    {
        var file = PickleFile.Legacy(PickleFile.Pickle(inner));
        return
        [
            .. PickleFile.Code("ctorch.storage\n_load_from_bytes\nB"), .. BitConverter.GetBytes(file.Length), .. file,
            0x85, (byte)'R',
        ];
    }
}
