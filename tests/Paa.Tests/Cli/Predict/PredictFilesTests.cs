using System.Text.Json;

namespace Paa.Tests.Cli.Predict;

/// <summary>What <c>paa predict</c> reads stays, and what it found is kept.</summary>
[Collection("Native")]
public sealed class PredictFilesTests(TrainedDetector detector) : IClassFixture<TrainedDetector>, IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a/x.png")]             // the image itself
    [InlineData("b/x.png")]             // another image that is read later
    [InlineData("link/x.png")]          // the same through a linked folder
    public void Picture_NeverReplacesAnImageThatIsRead(string overwritten)
    {
        CopyImage("a/x.png");
        CopyImage("b/x.png");
        Directory.CreateSymbolicLink(_folder["link"], _folder["b"]);
        var bytes = File.ReadAllBytes(_folder["b/x.png"]);
        var target = Path.GetDirectoryName(_folder[overwritten])!;
        foreach (var force in (string[][])[[], ["--overwrite"]])
        {
            var run = Terminal.Run(["predict", detector.Checkpoint, _folder["a"], _folder["b"], "--out", target, .. force]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("would replace", run.Error);
            Assert.Contains("choose another folder.", run.Error);
        }
        Assert.Equal(bytes, File.ReadAllBytes(_folder["a/x.png"]));
        Assert.Equal(bytes, File.ReadAllBytes(_folder["b/x.png"]));
    }

    [Fact]
    public void Picture_ReplacesAFileOfOtherOrigin_OnlyWhenTold()
    {
        CopyImage("a/x.png");
        _folder.Write("out/x.png", "mine");
        string[] arguments = ["predict", detector.Checkpoint, _folder["a"], "--out", _folder["out"]];
        Terminal.Run(arguments).AssertFails(2, $"paa predict: --out {_folder["out"]}: x.png is there already and was not drawn "
            + "by 'paa predict'; choose another folder, or give --overwrite.");
        Assert.Equal("mine", File.ReadAllText(_folder["out/x.png"]));
        Assert.Equal(0, Terminal.Run([.. arguments, "--overwrite"]).ExitCode);
        Assert.NotEqual("mine", File.ReadAllText(_folder["out/x.png"]));
        Assert.Equal(0, Terminal.Run(arguments).ExitCode);              // now it is our own
    }

    [Fact]
    public void Results_NeverReplaceWhatIsRead()
    {
        CopyImage("a/x.png");
        File.Copy(detector.Checkpoint, _folder["c.pth"]);
        foreach (var input in (string[])["c.pth", "a/x.png"])
        {
            var bytes = File.ReadAllBytes(_folder[input]);
            Terminal.Run("predict", _folder["c.pth"], _folder["a"], "--results", _folder[input], "--format", "json").AssertFails(
                2, $"paa predict: --results {_folder[input]}: it would replace {_folder[input]}, which is read; "
                + "choose another name.");
            Assert.Equal(bytes, File.ReadAllBytes(_folder[input]));
        }
    }

    [Fact]
    public void Results_AreCheckedBeforeTheWork()
    {
        var image = CopyImage("a/x.png");
        var run = Terminal.Run("predict", detector.Checkpoint, image, "--results", _folder["none/found.json"]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("does not exist; create it.", run.Error);
        run = Terminal.Run("predict", detector.Checkpoint, image, "--results", _folder["a"], "--format", "csv");
        Assert.Contains("this is a folder; name a file in it.", run.Error);
        run = Terminal.Run("predict", detector.Checkpoint, image, "--results", _folder["found.txt"]);
        Assert.Contains("the ending is not .json, .jsonl or .csv", run.Error);
        run = Terminal.Run("predict", detector.Checkpoint, image, "--out", image);
        Assert.Contains("this is a file; name a folder.", run.Error);
    }

    [Fact]
    public void Results_TellTheSameInEveryFormat()
    {
        CopyImage("a/x, \"y\".png");
        string[] arguments = ["predict", detector.Checkpoint, _folder["a"], "--score", "0", "--max", "3", "--results"];
        foreach (var name in (string[])["f.json", "f.jsonl", "f.csv"])
            Assert.Equal(0, Terminal.Run([.. arguments, _folder[name]]).ExitCode);
        Assert.Equal(0, Terminal.Run([.. arguments, _folder["coco.json"], "--format", "coco"]).ExitCode);
        Assert.Equal(0, Terminal.Run([.. arguments, _folder["yolo"], "--format", "yolo"]).ExitCode);

        var whole = JsonDocument.Parse(File.ReadAllText(_folder["f.json"])).RootElement.GetProperty("images")[0];
        var line = JsonDocument.Parse(File.ReadAllText(_folder["f.jsonl"])).RootElement;
        var boxes = Boxes(whole);
        Assert.Equal(3, boxes.Length);
        Assert.Equal(boxes, Boxes(line));

        var csv = File.ReadAllLines(_folder["f.csv"]);
        Assert.Equal("file,class,label,score,left,top,right,bottom", csv[0]);
        Assert.Equal(4, csv.Length);
        Assert.StartsWith($"\"{_folder["a"]}/x, \"\"y\"\".png\",", csv[1]);
        Assert.Equal(boxes[0], csv[1].Split(',')[^4..].Select(number => float.Parse(number)).ToArray());

        var coco = JsonDocument.Parse(File.ReadAllText(_folder["coco.json"])).RootElement;
        var first = coco.GetProperty("annotations")[0].GetProperty("bbox").EnumerateArray().Select(n => n.GetSingle()).ToArray();
        Assert.Equal(boxes[0][0], first[0]);
        Assert.Equal(boxes[0][2], first[0] + first[2], 1e-3);
        Assert.Equal(["red", "green"],
            coco.GetProperty("categories").EnumerateArray().Select(category => category.GetProperty("name").GetString()));

        var width = whole.GetProperty("width").GetInt32();
        var yolo = File.ReadAllLines(_folder["yolo/x, \"y\".txt"])[0].Split(' ').Select(float.Parse).ToArray();
        Assert.Equal((boxes[0][0] + boxes[0][2]) / 2 / width, yolo[1], 1e-4);
        Assert.Equal(["red", "green"], File.ReadAllLines(_folder["yolo/classes.txt"]));

        static float[][] Boxes(JsonElement image) => [.. image.GetProperty("detections").EnumerateArray()
            .Select(found => found.GetProperty("box").EnumerateArray().Select(number => number.GetSingle()).ToArray())];
    }

    [Fact]
    public void Yolo_KeepsImagesOfOneNameApart_AndReplacesNoLabelsOfOthers()
    {
        CopyImage("a/x.png");
        CopyImage("b/x.png");
        string[] arguments =
        [
            "predict", detector.Checkpoint, _folder["a"], _folder["b"], "--format", "yolo", "--results", _folder["labels"],
        ];
        _folder.Write("labels/x.txt", "0 0.5 0.5 1 1");
        var run = Terminal.Run(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("choose another folder, or give --overwrite.", run.Error);
        Assert.Equal("0 0.5 0.5 1 1", File.ReadAllText(_folder["labels/x.txt"]));
        Assert.Equal(0, Terminal.Run([.. arguments, "--overwrite"]).ExitCode);
        Assert.Equal(0, Terminal.Run(arguments).ExitCode);              // now they are our own
        Assert.Equal(["classes.txt", "x.txt", "x_2.txt"],
            Directory.EnumerateFiles(_folder["labels"], "*.txt").Select(file => Path.GetFileName(file)).Order());
    }

    [Fact]
    public void Jsonl_IsResumed_AfterTheLastWholeLine()
    {
        foreach (var name in (string[])["a/1.png", "a/2.png", "a/3.png"]) CopyImage(name);
        var (file, whole) = (_folder["found.jsonl"], _folder["whole.jsonl"]);
        string[] arguments = ["predict", detector.Checkpoint, _folder["a"], "--score", "0", "--results"];
        Terminal.Run([.. arguments, whole]);
        var lines = File.ReadAllLines(whole);
        File.WriteAllText(file, lines[0] + "\n" + lines[1][..20]);      // as a kill leaves it

        var run = Terminal.Run([.. arguments, file, "--resume"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(2, run.Output.TrimEnd().Split('\n').Length);       // the first image is not done again
        Assert.Equal(File.ReadAllText(whole), File.ReadAllText(file));

        _folder.Write("other.jsonl", "{]\n");
        run = Terminal.Run([.. arguments, _folder["other.jsonl"], "--resume"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is not of 'paa predict --format jsonl'", run.Error);
    }

    [Fact]
    public void Stopped_KeepsWhatWasFound()
    {
        CopyImage("a/1.png");
        CopyImage("a/2.png");
        using var stop = new CancellationTokenSource();
        var (output, error) = (new StoppingWriter(stop), new StringWriter());
        var code = Paa.Cli.CommandLine.Run(
            ["predict", detector.Checkpoint, _folder["a"], "--results", _folder["found.json"]], output, error, stop.Token);
        Assert.Equal(130, code);
        var images = JsonDocument.Parse(File.ReadAllText(_folder["found.json"])).RootElement.GetProperty("images");
        Assert.Equal(1, images.GetArrayLength());
    }

    [Fact]
    public void PictureThatCannotBeWritten_KeepsTheDetections()
    {
        CopyImage("a/x.png");
        Directory.CreateDirectory(_folder["out/x.png"]);                // no file can take this name
        var run = Terminal.Run("predict", detector.Checkpoint, _folder["a"], "--out", _folder["out"], "--score", "0",
            "--results", _folder["found.json"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("The picture is missing; what was found is kept.", run.Error);
        var image = JsonDocument.Parse(File.ReadAllText(_folder["found.json"])).RootElement.GetProperty("images")[0];
        Assert.NotEqual(0, image.GetProperty("detections").GetArrayLength());
    }

    [Fact]
    public void Picture_IsNamedInTheResults()
    {
        CopyImage("a/x.png");
        CopyImage("b/x.png");
        Terminal.Run("predict", detector.Checkpoint, _folder["a"], _folder["b"], "--out", _folder["out"],
            "--results", _folder["found.json"]);
        var images = JsonDocument.Parse(File.ReadAllText(_folder["found.json"])).RootElement.GetProperty("images");
        Assert.Equal([_folder["out/x.png"], _folder["out/x_2.png"]],
            images.EnumerateArray().Select(image => image.GetProperty("picture").GetString()));
    }

    [Fact]
    public void ImageOnStandardInput_IsAnImageLikeOthers()
    {
        var file = CopyImage("x.png");
        var fromFile = Terminal.Run("predict", detector.Checkpoint, file, "--score", "0", "--json");
        var piped = Terminal.RunWithInput(File.ReadAllBytes(file), "predict", detector.Checkpoint, "-", "--score", "0", "--json");
        Assert.Equal(fromFile.Output.Replace(file, "-"), piped.Output);

        var drawn = Terminal.RunWithInput(
            File.ReadAllBytes(file), "predict", detector.Checkpoint, "-", "--out", _folder["drawn"]);
        Assert.Equal((0, ""), (drawn.ExitCode, drawn.Error));
        Assert.True(File.Exists(_folder["drawn/stdin.png"]));
    }

    [Fact]
    public void Options_NarrowWhatCounts()
    {
        var file = CopyImage("x.png");
        Assert.Equal(2, Count("--max", "2").Length);
        Assert.All(Count("--classes", "green"), name => Assert.Equal("green", name));
        Assert.NotEmpty(Count("--classes", "green"));
        Assert.True(Count("--iou", "1").Length > Count("--iou", "0").Length);
        Terminal.Run("predict", detector.Checkpoint, file, "--classes", "gren").AssertFails(
            2, "paa predict: --classes: the detector has no class 'gren', did you mean 'green'?");

        string[] Count(params string[] more)
        {
            var run = Terminal.Run(["predict", detector.Checkpoint, file, "--score", "0", "--json", .. more]);
            Assert.Equal(0, run.ExitCode);
            return [.. JsonDocument.Parse(run.Output).RootElement.GetProperty("images")[0].GetProperty("detections")
                .EnumerateArray().Select(found => found.GetProperty("class").GetString()!)];
        }
    }

    [Theory]
    [InlineData("--score 0,1", "--score: expected a number such as 0.5, got '0,1'.")]
    [InlineData("--scor 0.1", "unknown option '--scor', did you mean '--score'?")]
    [InlineData("-x", "unknown option '-x'.")]
    [InlineData("--threads 100000", "--threads: expected 0 to 1024, got 100000.")]
    [InlineData("--threads -1", "--threads: expected 0 to 1024, got -1.")]
    public void WrongOption_IsNamed(string options, string message) =>
        Terminal.Run(["predict", detector.Checkpoint, detector.Images, .. options.Split(' ')]).AssertFails(
            2, $"paa predict: {message} See 'paa predict --help'.");

    string CopyImage(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.Copy(Path.Combine(detector.Images, "1.png"), _folder[name]);
        return _folder[name];
    }

    /// <summary>Asks for a stop as soon as something is printed.</summary>
    sealed class StoppingWriter(CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value) => stop.Cancel();
    }
}
