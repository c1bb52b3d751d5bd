using System.Text.Json;
using Paa.Imaging;

namespace Paa.Tests.Cli.Data;

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
        const string Uncovered = "0 % of the boxes are below 0.1";
        Assert.EndsWith($"""
            1 images (0 without boxes), 1 boxes, 0 crowds, 0 unusable boxes, at most 1 boxes in an image
            image sizes: 1 of 64x48
            boxes in an image: median 1, 5 % below 1, 95 % below 1, at most 1
            width / height of boxes: median 0.67, 5 % below 0.67, 95 % below 0.67, at most 0.67
            best IoU with an anchor at 1333x800: median 0.64, 5 % below 0.64, 95 % below 0.64, at most 0.64; {Uncovered}

            class  images  boxes  small  medium  large  median side
            -----  ------  -----  -----  ------  -----  -----------
            cat         1      1      1       0      0         24.5


            """, run.Output);
    }

    [Fact]
    public void StatsAndCheck_CountIgnoredBoxes()
    {
        const string Ignored = """{"id": 2, "image_id": 7, "category_id": 3, "bbox": [4, 4, 9, 9], "area": 81, "ignore": 1}""";
        var file = Annotations(GoodImage, $"{GoodBox}, {Ignored}");
        Assert.Contains("1 images (0 without boxes), 1 boxes, 0 crowds, 0 unusable boxes, 1 ignored boxes, at most 1 boxes",
            Terminal.Run("data", "stats", "--ann", file).Output);
        WriteImage();
        var check = Terminal.Run("data", "check", "--ann", file, "--images", _folder.Path);
        Assert.Equal(0, check.ExitCode);
        Assert.Contains("1 x annotation with \"ignore\": 1, left out of training, counted in evaluation\n"
            + "             annotation 2 (image 7)\n", check.Output);
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
    public void Stats_CountsBoxesWithoutPositiveAnchors()
    {
        const string FlatBox = """{"id": 2, "image_id": 7, "category_id": 3, "bbox": [4, 4, 50, 1], "area": 50}""";
        var file = Annotations(GoodImage, $"{GoodBox}, {FlatBox}");
        var config = _folder.Write("run.yaml", $$"""
            model: { neck: { num_outs: 3 }, bbox_head: { anchor_generator: { strides: [8, 16, 32] } } }
            data: { train: { ann_file: '{{file}}', img_scale: [64, 48] } }
            """);
        var anchors = JsonDocument.Parse(Terminal.Run("data", "stats", config, "--json").Output).RootElement
            .GetProperty("train").GetProperty("anchors");
        Assert.Equal("64x48", anchors.GetProperty("scale").GetString());
        Assert.Equal(0.5, anchors.GetProperty("uncovered_share").GetDouble());
    }

    [Fact]
    public void Browse_DrawsThePicturesOfThePipeline()
    {
        WriteImage();
        var file = Annotations(GoodImage, GoodBox);
        var config = _folder.Write("run.yaml",
            $"data: {{ train: {{ ann_file: '{file}', img_prefix: '{_folder.Path}', img_scale: [128, 96] }} }}");
        var run = Terminal.Run("data", "browse", config, "--out", _folder["out"], "--count", "3");
        Assert.Equal(new Terminal(0, $"{_folder["out"]}: 2 pictures\n", ""), run);         // a batch of the one image, twice
        using var picture = Image.Load(_folder["out/0002_a.jpg"]);
        Assert.Equal((96, 128), (picture.Height, picture.Width));
        Assert.Contains(picture.Pixels.ToArray(), value => value > 100);                   // the image is black, the frame is not
        Assert.Equal(2, Terminal.Run("data", "browse", config, "--out", _folder["out"], "--split", "val").ExitCode);
    }

    [Fact]
    public void Convert_OfVoc_WritesCocoThatChecksWell()
    {
        WriteImage();
        _folder.Write("xml/a.xml", """
            <annotation><filename>a.png</filename><object><name>cat</name>
            <bndbox><xmin>5</xmin><ymin>5</ymin><xmax>25</xmax><ymax>35</ymax></bndbox></object></annotation>
            """);
        var run = Terminal.Run("data", "convert", "voc", _folder["xml"], "--images", _folder.Path, "--out", _folder["voc.json"]);
        Assert.Equal(new Terminal(0, $"{_folder["voc.json"]}: 1 images, 1 annotations, 1 classes\n", ""), run);
        Assert.Equal(0, Terminal.Run("data", "check", "--ann", _folder["voc.json"], "--images", _folder.Path).ExitCode);
    }

    [Fact]
    public void Convert_OfYolo_TellsTheFolderOfTheImages()
    {
        Directory.CreateDirectory(_folder["images"]);
        WriteImage();
        File.Move(_folder["a.png"], _folder["images/a.png"]);
        _folder.Write("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
        var (layout, target) = (_folder.Write("data.yaml", "train: images\nnames: [cat]\n"), _folder["yolo.json"]);
        var run = Terminal.Run("data", "convert", "yolo", layout, "--out", target);
        Assert.Equal(new Terminal(0, $"{target}: 1 images, 1 annotations, 1 classes\nimg_prefix: {_folder.Path}\n", ""), run);
        Assert.Equal(0, Terminal.Run("data", "check", "--ann", _folder["yolo.json"], "--images", _folder.Path).ExitCode);
    }

    [Fact]
    public void Convert_OfCoco_SplitsAndChangesFormat()
    {
        var other = """{"id": 8, "file_name": "b.png", "width": 64, "height": 48}""";
        var file = Annotations($"{GoodImage}, {other}", GoodBox);
        var run = Terminal.Run("data", "convert", "coco", file, "--split", "0.5", "0.5", "--out", _folder["parts"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("train.json: 1 images, ", run.Output);
        Assert.Contains("val.json: 1 images, ", run.Output);

        run = Terminal.Run("data", "convert", "coco", file, "--to", "yolo", "--out", _folder["yolo"]);
        Assert.StartsWith($"{_folder["yolo"]}: 2 images, 1 boxes, 1 classes; put the images into ", run.Output);
        Assert.Equal("0 0.21875 0.39583333 0.3125 0.625\n", File.ReadAllText(_folder["yolo/labels/a.txt"]));
    }

    [Theory]
    [InlineData(2, "--split: expected two or three shares, got 1.", "--split", "1")]
    [InlineData(2, "--split and --to yolo do not go together; split first.", "--split", "1", "2", "--to", "yolo")]
    [InlineData(2, "FILE: no class 'cow'; the classes are cat.", "--classes", "cow")]
    public void Convert_OfCoco_WithWrongOptions_IsOneLine(int exitCode, string message, params string[] options)
    {
        var file = Annotations(GoodImage, GoodBox);
        Terminal.Run(["data", "convert", "coco", file, "--out", _folder["x"], .. options])
            .AssertFails(exitCode, $"paa data convert coco: {message.Replace("FILE", file)}");
        Assert.False(File.Exists(_folder["x"]));
    }

    [Theory]
    [InlineData("in.json")]
    [InlineData("link.json")]
    [InlineData("parts", "--split", "0.5", "0.5")]
    public void Convert_OfCoco_NeverReplacesItsSource(string target, params string[] options)
    {
        var source = Annotations(GoodImage, GoodBox);
        Directory.CreateDirectory(_folder["parts"]);
        var inPart = _folder["parts/train.json"];
        File.Copy(source, inPart);
        File.Copy(source, _folder["in.json"]);
        File.CreateSymbolicLink(_folder["link.json"], _folder["in.json"]);
        var input = options.Length > 0 ? inPart : _folder["in.json"];
        var text = File.ReadAllText(input);
        var run = Terminal.Run(["data", "convert", "coco", input, "--out", _folder[target], .. options]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains($"it would replace {input}, which is read; choose another name.", run.Error);
        Assert.Equal(text, File.ReadAllText(input));
    }

    [Fact]
    public void Synth_ReplacesOnlyWhatItMade()
    {
        string[] arguments = ["data", "synth", _folder["set"], "--train", "1", "--val", "0", "--test", "1"];
        Assert.Equal(0, Terminal.Run(arguments).ExitCode);
        Assert.Equal(0, Terminal.Run(arguments).ExitCode);
        _folder.Write("set/val.json", "{}");
        Terminal.Run(arguments).AssertFails(2, $"paa data synth: {_folder["set/val.json"]} was not made by 'paa data synth' and "
            + "would be replaced; choose another folder.");
    }

    [Fact]
    public void Browse_NeverDrawsIntoTheFolderOfTheImages()
    {
        var file = Annotations(GoodImage, GoodBox);
        var config = _folder.Write("run.yaml", $"data:\n  train:\n    ann_file: {file}\n    img_prefix: {_folder.Path}\n");
        var run = Terminal.Run("data", "browse", config, "--out", _folder.Path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("which is read; choose another name.", run.Error);
    }

    [Fact]
    public void NeitherConfigurationNorFile_IsWrongUsage() =>
        Terminal.Run("data", "stats").AssertFails(2, "paa data stats: give either a configuration or --ann FILE.");
}
