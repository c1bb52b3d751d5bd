using System.Text.Json;
using Paa.Options;
using Paa.Tests.Export;

namespace Paa.Tests.Cli.Export;

/// <summary><c>paa export onnx</c>, and what the other commands make of its files.</summary>
[Collection("Native")]
public sealed class ExportOnnxCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _checkpoint, _photo;

    public ExportOnnxCommandTests()
    {
        (_checkpoint, _photo) = (_folder["best.pth"], _folder["photo.png"]);
        var config = SeededDetector.Config(new BackboneOptions { Depth = 18, BaseChannels = 8 }, classes: 4);
        SeededDetector.WriteCheckpoint(SeededDetector.Create(config), _checkpoint);
        using var photo = SeededDetector.Picture(120, 180);
        photo.Save(_photo);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void File_IsDescribed_Checked_AndUsedLikeACheckpoint()
    {
        var (file, names) = (_folder["detector.onnx"], _folder["classes.txt"]);
        var run = Terminal.Run("export", "onnx", _checkpoint, file, "--check", _photo, "--names", names);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.Split('\n');
        Assert.StartsWith($"{file}: ", lines[0]);
        Assert.Equal("inputs:  images uint8 [batch, height, width, 3]", lines[1]);
        Assert.Equal("outputs: boxes float32 [batch, detections, 4], scores float32 [batch, detections], "
            + "labels int64 [batch, detections], counts int64 [batch]", lines[2]);
        Assert.Matches(@"^check: (\d+) objects by the checkpoint, \1 by the file; boxes differ by 0\.00\d* pixels", lines[3]);
        Assert.Equal($"next: paa predict {file} {_photo}, or see docs/deploy.md", lines[4]);
        Assert.Equal(["Vögel 鳥", "thing 1", "thing 2", "thing 3"], File.ReadAllLines(names));

        var (own, exported) = (Predict(_checkpoint), Predict(file));
        Assert.NotEmpty(own);
        Assert.Equal(own.Select(found => found.GetProperty("class").GetString()),
            exported.Select(found => found.GetProperty("class").GetString()));
        foreach (var (one, other) in own.Zip(exported))
            Assert.Equal(one.GetProperty("box")[2].GetSingle(), other.GetProperty("box")[2].GetSingle(), 1e-2f);

        JsonElement[] Predict(string detector)
        {
            var result = Terminal.Run("predict", detector, _photo, "--json");
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            var image = JsonDocument.Parse(result.Output).RootElement.GetProperty("images")[0];
            return [.. image.GetProperty("detections").EnumerateArray()];
        }
    }

    [Fact]
    public void Options_ReachTheFile()
    {
        var file = _folder["raw.onnx"];
        string[] network = ["--output", "raw", "--input", "normalized"];
        var run = Terminal.Run(["export", "onnx", _checkpoint, file, .. network]);
        Assert.Contains("images float32 [batch, 3, height, width]", run.Output);
        var fixedSize = Terminal.Run(["export", "onnx", _checkpoint, _folder["fixed.onnx"], .. network, "--size", "96x128"]);
        Assert.Contains("images float32 [batch, 3, 96, 128]", fixedSize.Output);
        Assert.Contains("class_logits_4 float32 [batch, 4, ", run.Output);
        var changed = Terminal.Run("export", "onnx", _checkpoint, _folder["x.onnx"], "--set", "model.test_cfg.score_thr=0.25");
        Assert.Equal((0, ""), (changed.ExitCode, changed.Error));
        Terminal.Run("predict", _folder["x.onnx"], _photo, "--score", "0.1")
            .AssertFails(1, $"paa predict: {_folder["x.onnx"]}: thresholds and limits are part of the graph (scores above 0.25); "
                + "ask for no others, or export with --output raw.");
        Assert.Equal(0, Terminal.Run("predict", file, _photo, "--score", "0.1").ExitCode);
    }

    [Fact]
    public void WrongUsage_IsOneLine_AndWritesNothing()
    {
        var file = _folder["x.onnx"];
        Fails("OUT x.pb: the name must end in .onnx.", _checkpoint, "x.pb");
        Fails("--size: expected HEIGHTxWIDTH such as 800x1344, got '800'. See 'paa export onnx --help'.",
            _checkpoint, file, "--size", "800");
        Fails("--check: the image 'none.jpg' does not exist.", _checkpoint, file, "--check", "none.jpg");
        Assert.False(File.Exists(file));
        File.WriteAllText(file, "mine");
        Fails($"OUT {file}: the file exists; choose another name, or allow --overwrite.", _checkpoint, file);
        Assert.Equal("mine", File.ReadAllText(file));
        Assert.Equal(0, Terminal.Run("export", "onnx", _checkpoint, file, "--overwrite").ExitCode);
        Terminal.Run("export", "onnx", file, _folder["y.onnx"]).AssertFails(1,
            $"paa export onnx: {file} is an ONNX file already; export the checkpoint that it was made from.");
        Terminal.Run("export", "onnx", _checkpoint, _folder["y.onnx"], "--precision", "int8").AssertFails(1,
            "paa export onnx: The detector is not quantised, so it cannot be exported in int8; 'paa quantize' does that.");
        Assert.False(File.Exists(_folder["y.onnx"]));

        static void Fails(string problem, params string[] arguments) =>
            Terminal.Run(["export", "onnx", .. arguments]).AssertFails(2, $"paa export onnx: {problem}");
    }
}
