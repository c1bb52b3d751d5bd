using System.Text.Json;
using Paa.Imaging;

namespace Paa.Tests.Cli;

public sealed class DataCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Annotations(string image, string annotations) => _folder.Write("ann.json", $$"""
        {"images": [{{image}}], "categories": [{"id": 3, "name": "cat"}], "annotations": [{{annotations}}]}
        """);

    const string GoodImage = """{"id": 7, "file_name": "a.png", "width": 64, "height": 48}""";
    const string GoodBox = """{"id": 1, "image_id": 7, "category_id": 3, "bbox": [4, 4, 20, 30], "area": 600, "iscrowd": 0}""";

    void WriteImage()
    {
        using var image = new Image(48, 64);
        image.Save(Path.Combine(_folder.Path, "a.png"));
    }

    [Fact]
    public void Check_OfGoodData_SucceedsAndSaysSo()
    {
        WriteImage();
        var file = Annotations(GoodImage, GoodBox);
        var run = Terminal.Run("data", "check", "--ann", file, "--images", _folder.Path);
        Assert.Equal(new Terminal(0, $"{file}: 1 images, 1 annotations, 1 classes\n  nothing is wrong\n", ""), run);
    }

    [Theory]
    [InlineData("\"bbox\": [4, 4, 0, 30], \"area\": 0", "box below one pixel", "area is not positive")]
    [InlineData("\"bbox\": [4, 4, -5, 30], \"area\": 150", "box of negative width or height")]
    [InlineData("\"bbox\": [100, 4, 5, 30], \"area\": 150", "box outside its image")]
    public void Check_OfABadBox_CountsItAndFails(string box, params string[] anyOf)
    {
        WriteImage();
        var bad = $"{{\"id\": 2, \"image_id\": 7, \"category_id\": 3, {box}, \"iscrowd\": 0}}";
        var file = Annotations(GoodImage, $"{GoodBox}, {bad}");
        var run = Terminal.Run("data", "check", "--ann", file, "--images", _folder.Path);
        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains(anyOf, part => run.Output.Contains(part, StringComparison.Ordinal));
        Assert.Contains("annotation 2", run.Output);
    }

    [Theory]
    [InlineData("\"image_id\": 8, \"category_id\": 3", "annotation of an unknown image")]
    [InlineData("\"image_id\": 7, \"category_id\": 4", "annotation of an unknown category")]
    public void Check_OfAnUnknownReference_CountsItAndFails(string reference, string text)
    {
        WriteImage();
        var bad = $"{{\"id\": 2, {reference}, \"bbox\": [1, 1, 9, 9], \"area\": 81, \"iscrowd\": 0}}";
        var file = Annotations(GoodImage, $"{GoodBox}, {bad}");
        var run = Terminal.Run("data", "check", "--ann", file, "--images", _folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"1 x {text}", run.Output);
    }

    [Fact]
    public void Check_OfMissingAndTruncatedImages_NamesThem()
    {
        var file = Annotations(GoodImage, GoodBox);
        var run = Terminal.Run("data", "check", "--ann", file, "--images", _folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("1 x image file missing\n             " + _folder.Path + "/a.png", run.Output);

        WriteImage();
        var image = Path.Combine(_folder.Path, "a.png");
        File.WriteAllBytes(image, File.ReadAllBytes(image)[..60]);
        run = Terminal.Run("data", "check", "--ann", file, "--images", _folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(image, run.Output);
        Assert.Equal(0, Terminal.Run("data", "check", "--ann", file, "--images", _folder.Path, "--quick").ExitCode);
    }

    [Fact]
    public void Check_OfAFileThatIsNoDataSet_ReportsItAsAFinding()
    {
        var file = _folder.Write("ann.json", "{");
        var run = Terminal.Run("data", "check", "--ann", file, "--json");
        Assert.Equal(1, run.ExitCode);
        var finding = JsonDocument.Parse(run.Output).RootElement.GetProperty(file).GetProperty("findings")[0];
        Assert.Equal(("unusable_file", 1), (finding.GetProperty("kind").GetString(), finding.GetProperty("count").GetInt32()));
    }

    [Fact]
    public void Stats_CountsClassesAndSizes()
    {
        var run = Terminal.Run("data", "stats", "--ann", Annotations(GoodImage, GoodBox));
        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith("""
            1 images (0 without boxes), 1 boxes, 0 crowds, 0 unusable boxes, at most 1 boxes in an image
            image sizes: 1 of 64x48

            class  images  boxes  small  medium  large  median side
            -----  ------  -----  -----  ------  -----  -----------
            cat         1      1      1       0      0         24.5


            """, run.Output);
    }

    [Fact]
    public void Stats_OfAConfiguration_CoversItsSplits()
    {
        var file = Annotations(GoodImage, GoodBox);
        var config = _folder.Write("run.yaml", $"data: {{ train: {{ ann_file: '{file}' }}, test: {{ ann_file: '{file}' }} }}");
        var splits = JsonDocument.Parse(Terminal.Run("data", "stats", config, "--json").Output).RootElement;
        Assert.Equal(["train", "test"], splits.EnumerateObject().Select(split => split.Name));
        Assert.Equal(1, splits.GetProperty("test").GetProperty("classes")[0].GetProperty("boxes").GetInt32());
    }

    [Fact]
    public void NeitherConfigurationNorFile_IsWrongUsage() =>
        Terminal.Run("data", "stats").AssertFails(2, "paa data stats: give either a configuration or --ann FILE.");
}
