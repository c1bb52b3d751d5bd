using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Engines;
using Paa.Export;
using Paa.Imaging;
using Paa.Inference;
using Paa.Options;
using Paa.Quantization;

namespace Paa.Tests.Export;

/// <summary>An exported file finds what the detector finds that it was made from.</summary>
public class OnnxExportTests
{
    static readonly BackboneOptions Small = new() { Depth = 18, BaseChannels = 8 };

    internal static BackboneOptions Deformable { get; } = new()
    {
        Depth = 50,
        BaseChannels = 8,
        Deformable = new DeformableOptions(),
        DeformableStages = [false, true, true, true],
    };

    public static TheoryData<OnnxInput, OnnxOutput> Kinds()
    {
        var kinds = new TheoryData<OnnxInput, OnnxOutput>();
        foreach (var input in Enum.GetValues<OnnxInput>())
            foreach (var output in Enum.GetValues<OnnxOutput>()) kinds.Add(input, output);
        return kinds;
    }

    [Theory, MemberData(nameof(Kinds))]
    public void File_FindsWhatTheCheckpointFinds(OnnxInput input, OnnxOutput output)
    {
        var config = SeededDetector.Config(Small);
        var head = config.Model.Head with { ScoreVoting = output != OnnxOutput.Nms };
        config = config with { Model = config.Model with { Head = head } };
        Compare(config, new OnnxExportOptions { Input = input, Output = output });
    }

    [Theory]
    [InlineData(50)]
    [InlineData(101)]
    public void File_OfADeepNetwork_FindsTheSame(int depth) =>
        Compare(SeededDetector.Config(new BackboneOptions { Depth = depth, BaseChannels = 8 }, classes: 20));

    [Fact]
    public void File_OfDeformableConvolutions_FindsTheSame() => Compare(SeededDetector.Config(Deformable, classes: 20));

    [Fact]
    public void File_InHalfPrecision_IsHalfAsLarge_AndFindsNearlyTheSame()
    {
        using var folder = new TemporaryFolder();
        var loaded = SeededDetector.Create(SeededDetector.Config(Small, classes: 5));
        OnnxExport.Write(loaded, folder["f32.onnx"]);
        OnnxExport.Write(loaded, folder["f16.onnx"], new OnnxExportOptions { Precision = OnnxPrecision.F16 });
        Assert.InRange(Ratio("f16.onnx", "f32.onnx"), 0.4, 0.65);
        using var half = Detector.Load(folder["f16.onnx"]);
        using var reference = Detector.Of(loaded);
        using var picture = SeededDetector.Picture(120, 160);
        AssertMostlySame(reference.Detect(picture), half.Detect(picture));

        double Ratio(string one, string other) =>
            (double)new FileInfo(folder[one]).Length / new FileInfo(folder[other]).Length;
    }

    [Fact]
    public void File_InIntegers_FindsWhatTheEngineFinds()
    {
        using var folder = new TemporaryFolder();
        var loaded = SeededDetector.Create(SeededDetector.Config(Small, classes: 5));
        using var picture = SeededDetector.Picture(120, 160);
        using (var quantizer = new Quantizer(loaded.Network, loaded.Weights, new QuantizerOptions { SensitivityImages = 0 }))
        {
            quantizer.Observe(picture, loaded.Config.Data);
            loaded = loaded with { Quantization = quantizer.Quantize().Parameters };
        }
        OnnxExport.Write(loaded, folder["int8.onnx"]);
        using var exported = Detector.Load(folder["int8.onnx"]);
        using var floats = Detector.Of(loaded, new InferenceOptions { Precision = InferencePrecision.F32 });
        AssertMostlySame(floats.Detect(picture), exported.Detect(picture));
        Assert.NotEqual(floats.Detect(picture), exported.Detect(picture));
        Assert.Equal("int8", OnnxExport.Build(loaded).Metadata["precision"]);
    }

    /// <summary>Three of four detections have another one of their class at their place.</summary>
    static void AssertMostlySame(Detection[] expected, Detection[] actual)
    {
        var found = expected.Count(own =>
            actual.Any(other => other.Label == own.Label && BoxOverlap.Iou(own.Box, other.Box) > 0.7f));
        Assert.True(found >= 0.75 * expected.Length, $"{found} of {expected.Length}");
    }

    [Fact]
    public void File_FromAStream_FindsTheSame()
    {
        using var folder = new TemporaryFolder();
        OnnxExport.Write(SeededDetector.Create(SeededDetector.Config(Small)), folder["x.onnx"]);
        using var stream = File.OpenRead(folder["x.onnx"]);
        using var fromStream = Detector.Load(stream);
        using var fromFile = Detector.Load(folder["x.onnx"]);
        using var picture = SeededDetector.Picture(90, 120);
        var expected = fromFile.Detect(picture);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, fromStream.Detect(picture));
    }

    [Fact]
    public void File_OfTheAuthorsProfile_FindsTheSame()
    {
        var config = SeededDetector.Config(Small, classes: 7);
        Compare(config with { Model = config.Model with { Profile = SemanticsProfile.Original } });
    }

    [Fact]
    public void File_WithoutObjects_FindsNothing()
    {
        var config = SeededDetector.Config(Small);
        var limits = config.Model.PostProcessing with { ScoreThreshold = 0.9999f };
        Compare(config with { Model = config.Model with { PostProcessing = limits } }, isEmpty: true);
    }

    [Fact]
    public void File_TellsClientsWhatTheyMustKnow()
    {
        var detector = SeededDetector.Create(SeededDetector.Config(Small, classes: 2));
        var texts = OnnxExport.Build(detector).Metadata;
        Assert.Equal("""["Vögel 鳥","thing 1"]""", texts["classes"]);
        Assert.Equal("[123.675,116.28,103.53]", texts["mean"]);
        Assert.Equal(("224", "160", "32"), (texts["long_side"], texts["short_side"], texts["size_divisor"]));
        Assert.Equal(("0.05", "0.6", "true"), (texts["score_threshold"], texts["nms_iou_threshold"], texts["score_voting"]));
        Assert.Equal(("decoded", "voting"), (texts["paa.input"], texts["paa.output"]));
    }

    [Fact]
    public void File_OfAnotherProgram_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var foreign = folder.Write("foreign.onnx", new PostProcessingModel(new ModelOptions(), voting: true).Bytes);
        Assert.Contains("of another program", Assert.Throws<CheckpointException>(() => Detector.Load(foreign)).Message);
        var damaged = folder.Write("damaged.onnx", "This is text, and no model.");
        Assert.Contains("no ONNX model", Assert.Throws<CheckpointException>(() => Detector.Load(damaged)).Message);
        Assert.Contains("no such file", Assert.Throws<CheckpointException>(() => Detector.Load(folder["x.onnx"])).Message);
    }

    [Fact]
    public void File_WithThresholdsInside_RefusesOthers()
    {
        using var folder = new TemporaryFolder();
        var file = folder["model.onnx"];
        OnnxExport.Write(SeededDetector.Create(SeededDetector.Config(Small, classes: 2)), file);
        var loaded = DetectorFile.Load(file);
        var model = loaded.Config.Model;
        var other = loaded.With(loaded.Config with
        {
            Model = model with { PostProcessing = model.PostProcessing with { ScoreThreshold = 0.01f } },
        });
        Assert.Contains("--output raw", Assert.Throws<EngineException>(() => Detector.Of(other)).Message);
        Assert.Throws<EngineException>(() => Detector.Load(file, new InferenceOptions { TestTimeAugmentation = true }));
        Assert.Throws<EngineException>(() => OnnxExport.Build(loaded));
    }

    [Fact]
    public void Export_OfWhatCannotBe_SaysWhy()
    {
        var config = SeededDetector.Config(Small, classes: 2);
        var detector = SeededDetector.Create(config);
        Assert.Contains("quantised", Assert.Throws<EngineException>(() =>
            OnnxExport.Build(detector, new OnnxExportOptions { Precision = OnnxPrecision.Int8 })).Message);
        var original = SeededDetector.Create(config with { Model = config.Model with { Profile = SemanticsProfile.Original } });
        Assert.Contains("nms or voting", Assert.Throws<EngineException>(() =>
            OnnxExport.Build(original, new OnnxExportOptions { Output = OnnxOutput.Boxes })).Message);
    }

    [Fact]
    public void File_OfAFixedSize_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var options = new OnnxExportOptions { Size = new ImageSize(120, 160), Input = OnnxInput.Resized };
        OnnxExport.Write(SeededDetector.Create(SeededDetector.Config(Small, classes: 2)), folder["fixed.onnx"], options);
        using var session = new Paa.Onnx.OnnxSession(folder["fixed.onnx"]);
        Assert.Equal([120, 160, 3], session.Inputs[0].Dims.Skip(1).Select(dim => dim.Size ?? -1));
    }

    /// <summary>Three sizes, two of one size together, on another engine than the file.</summary>
    static void Compare(PaaConfig config, OnnxExportOptions? options = null, bool isEmpty = false)
    {
        using var folder = new TemporaryFolder();
        var loaded = SeededDetector.Create(config);
        var file = folder["model.onnx"];
        OnnxExport.Write(loaded, file, options);
        using var reference = Detector.Of(loaded);
        using var exported = Detector.Load(file);
        Assert.Equal(loaded.Classes, exported.Classes);
        Image[] images =
        [
            SeededDetector.Picture(120, 160), SeededDetector.Picture(120, 160, seed: 2),
            SeededDetector.Picture(300, 200), SeededDetector.Picture(97, 211),
        ];
        try
        {
            var (expected, actual) = (reference.Detect(images), exported.Detect(images));
            for (var i = 0; i < images.Length; i++)
            {
                if (isEmpty) Assert.Empty(expected[i]);
                else Assert.InRange(expected[i].Length, 5, 100);
                PostProcessingGraphTests.AssertSame(expected[i], actual[i], voting: false, boxes: 1e-2f, scores: 1e-4f);
            }
        }
        finally
        {
            foreach (var image in images) image.Dispose();
        }
    }
}
