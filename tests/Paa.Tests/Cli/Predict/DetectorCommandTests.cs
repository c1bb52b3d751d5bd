using System.Text;
using System.Text.Json;
using Paa.Tests.Training.Distributed;

namespace Paa.Tests.Cli.Predict;

/// <summary><c>paa test</c> and <c>paa predict</c> with a detector.</summary>
[Collection("Native")]
public sealed class DetectorCommandTests(TrainedDetector detector) : IClassFixture<TrainedDetector>, IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Test_OfACheckpoint_NeedsNoConfiguration()
    {
        var results = _folder["results.json"];
        var fromCheckpoint = Terminal.Run("test", detector.Checkpoint, "--out", results);
        Assert.Equal((0, ""), (fromCheckpoint.ExitCode, fromCheckpoint.Error));
        Assert.Equal(fromCheckpoint, Terminal.Run("test", "--results", results, "--ann", detector.Annotations));
        Assert.Equal(fromCheckpoint, Terminal.Run("test", detector.ConfigFile, "--set", $"work_dir={detector.WorkFolder}"));
        Assert.Equal(fromCheckpoint,
            Terminal.Run("test", detector.ConfigFile, "--checkpoint", detector.Checkpoint, "--split", "val"));
        Assert.Equal(fromCheckpoint,
            Terminal.Run("test", detector.Checkpoint, "--ann", detector.Annotations, "--images", detector.Images));
    }

    [Fact]
    public void Test_WithAugmentation_MergesTheViews()
    {
        var (plain, identity, mirrored) = (_folder["plain.json"], _folder["identity.json"], _folder["mirrored.json"]);
        string[] arguments = ["test", detector.ConfigFile, "--checkpoint", detector.Checkpoint, "--out"];
        Assert.Equal(0, Terminal.Run([.. arguments, plain]).ExitCode);
        Assert.Equal(0, Terminal.Run([.. arguments, identity, "--tta", "--set", "data.tta.flip=false"]).ExitCode);
        Assert.Equal(File.ReadAllText(plain), File.ReadAllText(identity));
        var run = Terminal.Run([.. arguments, mirrored, "--tta", "--set", "data.tta.img_scale=[[96, 96], [128, 128]]"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.NotEqual(File.ReadAllText(plain), File.ReadAllText(mirrored));
        var image = Path.Combine(detector.Images, "1.png");
        Assert.Equal(0, Terminal.Run("predict", detector.Checkpoint, image, "--tta").ExitCode);
    }

    [Fact]
    public void Predict_WritesPicturesAndJson_AndGoesOnAfterABrokenImage()
    {
        File.Copy(Path.Combine(detector.Images, "1.png"), _folder["a.png"]);
        _folder.Write("b.png", File.ReadAllBytes(_folder["a.png"]).AsSpan(0, 200));
        _folder.Write("c.png", "not an image");
        File.Copy(Path.Combine(detector.Images, "2.png"), _folder["d.png"]);

        var run = Terminal.Run("predict", detector.Checkpoint, $"{_folder.Path}/*.png",
            "--out", _folder["drawn"], "--results", _folder["found.json"], "--score", "0");
        Assert.Equal(1, run.ExitCode);
        var errors = run.Error.TrimEnd().Split('\n');
        Assert.Equal(3, errors.Length);
        Assert.StartsWith($"paa predict: {_folder["b.png"]}: ", errors[0]);
        Assert.StartsWith($"paa predict: {_folder["c.png"]}: ", errors[1]);
        Assert.Equal("paa predict: 2 of 4 images failed.", errors[2]);
        Assert.Equal([_folder["a.png"], _folder["d.png"]], run.Output.TrimEnd().Split('\n').Select(line => line.Split(':')[0]));
        var drawn = Directory.EnumerateFiles(_folder["drawn"], "*.png").Select(file => Path.GetFileName(file));
        Assert.Equal(["a.png", "d.png"], drawn.Order());

        var json = JsonDocument.Parse(File.ReadAllText(_folder["found.json"])).RootElement;
        Assert.Equal(["red", "green"], json.GetProperty("classes").EnumerateArray().Select(name => name.GetString()));
        var images = json.GetProperty("images").EnumerateArray().ToArray();
        Assert.Equal(4, images.Length);
        Assert.True(images[1].TryGetProperty("error", out _));
        Assert.False(images[0].TryGetProperty("error", out _));
        var found = images[0].GetProperty("detections").EnumerateArray().ToArray();
        Assert.NotEmpty(found);
        Assert.All(found, item => Assert.Equal(4, item.GetProperty("box").GetArrayLength()));
        var scores = found.Select(item => item.GetProperty("score").GetSingle()).ToArray();
        Assert.Equal(scores.OrderDescending(), scores);
    }

    /// <summary>A broken libtorch shows who loads it.</summary>
    [Fact]
    public void Predict_NeedsLibtorchOnlyForTheEngineTorch()
    {
        _folder.Write("native/libpaa_torch.so", "not a library");
        string[] inFolder = ["env", $"PAA_NATIVE={_folder["native"]}"];
        string[] arguments = ["predict", detector.Checkpoint, Path.Combine(detector.Images, "1.png"), "--threads", "1"];
        using (var compiled = PaaProcess.StartBy(inFolder, arguments))
            Assert.Equal((0, ""), (compiled.Wait().ExitCode, compiled.Error));
        using var torch = PaaProcess.StartBy(inFolder, [.. arguments, "--engine", "torch"]);
        Assert.Equal(1, torch.Wait().ExitCode);
        Assert.Contains("libpaa_torch.so: cannot be loaded", torch.Error);
    }

    [Fact]
    public void Predict_WithJsonOnStandardOutput_PrintsNothingElseThere()
    {
        var image = Path.Combine(detector.Images, "1.png");
        var run = Terminal.Run("predict", detector.Checkpoint, image, "--json", "--score", "1");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var found = JsonDocument.Parse(run.Output).RootElement.GetProperty("images")[0].GetProperty("detections");
        Assert.Empty(found.EnumerateArray());
    }

    [Fact]
    public void Predict_Stopped_SaysSoWithCode130()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Terminal.Run(stop.Token, "predict", detector.Checkpoint, detector.Images).AssertFails(130, "paa predict: stopped.");
    }

    [Fact]
    public void Predict_OfNothing_IsWrongUsage()
    {
        AssertUsage("no image file matches 'none/*.jpg'.", detector.Checkpoint, "none/*.jpg");
        AssertUsage("the image 'none.jpg' does not exist.", detector.Checkpoint, "none.jpg");
        AssertUsage("the checkpoint 'none.pth' does not exist.", "none.pth", detector.Images);
        AssertUsage("--score: expected 0 to 1, got 2.", detector.Checkpoint, detector.Images, "--score", "2");
        AssertUsage("--device: expected cpu, cuda, cuda:INDEX, directml or coreml, got 'gpu'.",
            detector.Checkpoint, detector.Images, "--device", "gpu");

        static void AssertUsage(string line, params string[] arguments) =>
            Terminal.Run(["predict", .. arguments]).AssertFails(2, $"paa predict: {line}");
    }

    [Theory]
    [InlineData("test")]
    [InlineData("predict")]
    public void TruncatedCheckpoint_IsOneLineAndCode1(string command)
    {
        var whole = File.ReadAllBytes(detector.Checkpoint);
        AssertRefused(command, _folder.Write("cut.pth", whole.AsSpan(0, whole.Length / 2)));
    }

    [Fact]
    public void PickleThatCallsTheSystem_IsRefusedWithoutCallingIt()
    {
        var trace = _folder["called"];
        AssertRefused("predict", _folder.Write("evil.pth", Encoding.ASCII.GetBytes($"cposix\nsystem\n(S'touch {trace}'\ntR.")));
        Assert.False(File.Exists(trace));
    }

    [Fact]
    public void FileThatIsNoCheckpoint_IsOneLineAndCode1() => AssertRefused("predict", _folder.Write("text.pth", "hello"));

    void AssertRefused(string command, string checkpoint)
    {
        var run = command == "test" ? Terminal.Run("test", checkpoint) : Terminal.Run("predict", checkpoint, detector.Images);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"paa {command}: {checkpoint}: ", run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }
}
