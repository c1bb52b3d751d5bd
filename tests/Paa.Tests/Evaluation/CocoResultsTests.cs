using Paa.Boxes;
using Paa.Data;
using Paa.Evaluation;
using Paa.Inference;

namespace Paa.Tests.Evaluation;

public sealed class CocoResultsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_InvertsWrite()
    {
        CocoResult[] results = [.. Enumerable.Range(0, 5000).Select(i =>
            new CocoResult(i, 90 - i % 90, i / 3.0, -i / 7.0, Math.Sqrt(i), 1e-9 * i, 1 / (1.0 + i)))];
        var path = Path.Combine(_folder.Path, "results.json");
        CocoResults.Write(path, results);
        Assert.Equal(results, CocoResults.Read(path));
        CocoResults.Write(path, []);
        Assert.Equal("[]", File.ReadAllText(path));
        Assert.Empty(CocoResults.Read(path));
    }

    [Fact]
    public void Read_OfALargeFile_ReadsPartsInTheOrderOfTheFile()
    {
        CocoResult[] results = [.. Enumerable.Range(0, 300_000).Select(i =>
            new CocoResult(i, i % 91, i / 3.0, i / 7.0, 10.25, 1 + i % 5, 1 / (1.0 + i)))];
        var path = Path.Combine(_folder.Path, "results.json");
        CocoResults.Write(path, results);
        Assert.Equal(results, ParallelResultReader.TryRead(path));
        Assert.Equal(results, CocoResults.Read(path));
        File.WriteAllText(path, File.ReadAllText(path)
            .Replace("},{", " }\r\n ,\t{ ", StringComparison.Ordinal)
            .Replace("[{", " [\n{", StringComparison.Ordinal));
        Assert.Equal(results, ParallelResultReader.TryRead(path));
    }

    /// <summary>Every place where one might cut lies inside a string or a nested list.</summary>
    [Theory]
    [InlineData("\"note\": \"},{\", ")]
    [InlineData("\"segments\": [{},{}], ")]
    public void Read_OfALargeFile_IsNotDeceivedByWhatLooksLikeTheEndOfAnObject(string decoy)
    {
        const int count = 150_000;
        var entry = $$"""{ {{decoy}}"image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5,"""
            + $$""" "text": "{{new string('x', 100)}}" }""";
        var path = _folder.Write("results.json", $"[{string.Join("\n,", Enumerable.Repeat(entry, count))}]");
        var results = CocoResults.Read(path);
        Assert.Equal(count, results.Length);
        Assert.All(results, result => Assert.Equal(new CocoResult(7, 2, 1, 2, 3, 4, 0.5), result));
    }

    [Fact]
    public void Read_OfALargeDamagedFile_NamesTheLine()
    {
        const int good = 200_000;
        var entry = """{"image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5,"""
            + $$""" "text": "{{new string('x', 40)}}"}""";
        var path = _folder.Write("results.json",
            $"[{string.Concat(Enumerable.Repeat(entry + ",\n", good))}" + """{"image_id": oops}]""");
        var error = Assert.Throws<DataException>(() => CocoResults.Read(path));
        Assert.Contains($"line {good + 1}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SkipsOtherKeysInAnyOrder()
    {
        var path = _folder.Write("results.json",
            """[{"score": 1, "segmentation": {"counts": "abc", "size": [1, 2]}, "bbox": [1, 2.5, 3, 4],"""
            + """ "category_id": 2, "image_id": 1.0}]""");
        Assert.Equal([new CocoResult(1, 2, 1, 2.5, 3, 4, 1)], CocoResults.Read(path));
    }

    [Fact]
    public void From_SubtractsInDoublePrecision()
    {
        var result = CocoResult.From(5, 7, new Detection(new Box(0.1f, 0.2f, 100.3f, 50.4f), 0.9f, 3));
        Assert.Equal(new CocoResult(5, 7, 0.1f, 0.2f, (double)100.3f - 0.1f, (double)50.4f - 0.2f, 0.9f), result);
    }

    [Theory]
    [InlineData("", "line 1, byte 1: not valid JSON")]
    [InlineData("{}", "expected an array of results, got an object")]
    [InlineData("[3]", "result 0: expected an object, got 3")]
    [InlineData("""[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 1}, {"image_id": 1}]""",
        "result 1: no category_id, no bbox, no score")]
    [InlineData("""[{"image_id": "1"}]""", "result 0: image_id must be a whole number, got the string \"1\"")]
    [InlineData("""[{"score": 1e999}]""", "result 0: score must be a finite number, got 1e999")]
    [InlineData("""[{"bbox": 5}]""", "result 0: bbox must be an array of 4 numbers, got 5")]
    [InlineData("""[{"bbox": [1, 2, 3]}]""", "result 0: bbox must be a finite number, got ]")]
    [InlineData("""[{"bbox": [1, 2, 3, 4, 5]}]""", "result 0: bbox must be 4 numbers, got 5")]
    [InlineData("[\n{\"score\": NaN}]", "line 2, byte 11: not valid JSON")]
    [InlineData("[{\"image_id\": 1, ", "not valid JSON")]
    public void Read_OfABadFile_IsOneClearError(string text, string message)
    {
        var path = _folder.Write("bad.json", text);
        var e = Assert.Throws<DataException>(() => CocoResults.Read(path));
        Assert.StartsWith(path + ": ", e.Message, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfAMissingFile_SaysSo() =>
        Assert.EndsWith("none.json: no such result file.",
            Assert.Throws<DataException>(() => CocoResults.Read(Path.Combine(_folder.Path, "none.json"))).Message,
            StringComparison.Ordinal);
}
