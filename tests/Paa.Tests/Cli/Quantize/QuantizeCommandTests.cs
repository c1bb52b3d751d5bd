using System.Diagnostics;
using System.Text.Json;
using Paa.Dnn;
using Paa.Tests.Models;

namespace Paa.Tests.Cli.Quantize;

/// <summary><c>paa quantize</c>, and what the other commands make of its files.</summary>
[Collection("Native")]
public sealed class QuantizeCommandTests(TrainedDetector detector) : IClassFixture<TrainedDetector>, IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Detector_IsQuantised_AndUsedLikeAnyOther()
    {
        Skip.IfNot(DnnEngine.HasInt8, "The processor has no VNNI.");
        var file = _folder["int8.pth"];
        var run = Quantize("--images", "4", "--out", file);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("backbone.layer4.1.conv2", run.Output);
        Assert.Contains("; 4 images, ranges by mse; ", run.Output);
        Assert.Contains($"{file}: ", run.Output);

        Assert.Contains("\nint8: ", Terminal.Run("inspect", "model", file).Output);
        Assert.DoesNotContain("int8", Terminal.Run("inspect", "model", detector.Checkpoint).Output);
        var image = Directory.EnumerateFiles(detector.Images).Order().First();
        var predicted = Terminal.Run("predict", file, image, "--json", "--score", "0");
        Assert.Equal((0, ""), (predicted.ExitCode, predicted.Error));

        // Its weights are integers in the file, so in neither precision it is, to the last digit, the detector that it was.
        Assert.InRange(new FileInfo(file).Length, 1, 0.5 * new FileInfo(detector.Checkpoint).Length);
        var original = Terminal.Run("test", detector.Checkpoint, "--json");
        var single = Terminal.Run("test", file, "--json", "--precision", "f32");
        var integers = Terminal.Run("test", file, "--json", "--precision", "int8");
        Assert.Equal(3, new[] { original.Output, single.Output, integers.Output }.Distinct().Count());
        Assert.Equal(Ap(original), Ap(single), tolerance: 0.02);
        Assert.Equal(Ap(original), Ap(integers), tolerance: 0.05);
        Assert.Equal(integers, Terminal.Run("test", file, "--json"));

        static double Ap(Terminal run) => JsonDocument.Parse(run.Output).RootElement.GetProperty("AP").GetDouble();
    }

    [SkippableFact]
    public void Json_TellsEveryLayer()
    {
        Skip.IfNot(DnnEngine.HasInt8, "The processor has no VNNI.");
        var run = Quantize("--images", "2", "--out", _folder["x.pth"], "--keep", "backbone.conv1", "--method", "max", "--json");
        var root = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(("max", 2), (root.GetProperty("method").GetString(), root.GetProperty("images").GetInt32()));
        var first = root.GetProperty("layers")[0];
        Assert.Equal(("backbone.conv1", "f32"),
            (first.GetProperty("name").GetString(), first.GetProperty("precision").GetString()));
        Assert.True(first.GetProperty("box_error").GetDouble() > 0);
    }

    [Fact]
    public void OtherEngines_ComputeInSinglePrecision_AndSaySo()
    {
        var file = _folder["int8.pth"];
        Assert.Equal(0, Quantize("--images", "1", "--sensitivity-images", "0", "--out", file).ExitCode);
        var run = Terminal.Run("test", file, "--engine", "torch");
        Assert.Equal("warning: the detector is quantised to int8 but is computed in f32: the engine torch has no int8; "
            + "use onednn, onnx or auto.\n", run.Error);
        Terminal.Run("test", file, "--engine", "torch", "--precision", "int8").AssertFails(1,
            "paa test: The network cannot be computed in int8: the engine torch has no int8; use onednn, onnx or auto.");
        Terminal.Run("test", detector.Checkpoint, "--precision", "int8").AssertFails(1,
            "paa test: The network cannot be computed in int8: it is not quantised; 'paa quantize' does that.");

        // What oneDNN may use is fixed when it is loaded, so a process of its own is told that there is no VNNI.
        var (output, error) = RunWithoutVnni("test", file, "--threads", "1");
        Assert.StartsWith("warning: the detector is quantised to int8 but is computed in f32: the processor has no VNNI", error);
        Assert.Equal(Terminal.Run("test", file, "--precision", "f32").Output[..200], output[..200]);
        Assert.StartsWith("paa quantize: Errors of int8 cannot be measured: the processor has no VNNI",
            RunWithoutVnni("quantize", detector.Checkpoint, "--calibrate", detector.Images).Error);
    }

    [Fact]
    public void WrongUse_IsExplained()
    {
        var empty = Directory.CreateDirectory(_folder["empty"]).FullName;
        Fails(2, $"the folder '{empty}' has no image files (.jpg .jpeg .png .bmp .webp .tif .tiff).",
            detector.Checkpoint, "--calibrate", empty);
        Fails(2, "the checkpoint 'none.pth' does not exist.", "none.pth", "--calibrate", detector.Images);
        Fails(2, "--images: expected at least 1, got 0.", detector.Checkpoint, "--calibrate", detector.Images, "--images", "0");
        Fails(2, "--out x.safetensors: a quantised detector is written as .pth; safetensors have no place for what was "
            + "calibrated.", detector.Checkpoint, "--calibrate", detector.Images, "--out", "x.safetensors");
        Fails(2, $"--out {detector.Checkpoint}: it would replace {detector.Checkpoint}, which is read; choose another name.",
            detector.Checkpoint, "--calibrate", detector.Images, "--out", detector.Checkpoint);
        Terminal.Run("quantize", detector.Checkpoint)
            .AssertFails(2, "paa quantize: Option '--calibrate' is required. See 'paa quantize --help'.");

        var broken = _folder.Write("broken/x.jpg", "no image");
        var run = Terminal.Run("quantize", detector.Checkpoint, "--calibrate", broken, "--sensitivity-images", "0");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("It is left out.\npaa quantize: --calibrate: not one of the images can be read.", run.Error);

        Assert.Equal(0, Quantize("--images", "1", "--sensitivity-images", "0", "--out", _folder["int8.pth"]).ExitCode);
        Fails(2, $"{_folder["int8.pth"]} is quantised already; quantise the checkpoint that it was made from.",
            _folder["int8.pth"], "--calibrate", detector.Images);
        Fails(2, "--keep: Quantizer: no layer is named nothing or lies below it.",
            detector.Checkpoint, "--calibrate", detector.Images, "--keep", "nothing", "--sensitivity-images", "0",
                "--images", "1");

        using var deformable = SmallDetector.Create(SmallDetector.Options with
        {
            Head = SmallDetector.Options.Head with { DeformableLastConvolution = true },
        });
        Fails(1, "The network cannot be quantised: the network has deformable convolutions.",
            SmallDetector.Save(deformable, _folder["dcn.pth"]), "--calibrate", detector.Images);

        static void Fails(int exitCode, string line, params string[] arguments) =>
            Terminal.Run(["quantize", .. arguments]).AssertFails(exitCode, $"paa quantize: {line}");
    }

    Terminal Quantize(params string[] arguments) =>
        Terminal.Run(["quantize", detector.Checkpoint, "--calibrate", detector.Images, .. arguments]);

    static (string Output, string Error) RunWithoutVnni(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Paa.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])["DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA"]) start.Environment[name] = "AVX512_CORE";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output, error.Result);
    }
}
