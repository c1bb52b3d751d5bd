using Paa.Boxes;
using Paa.Dnn;
using Paa.Engines;
using Paa.Models;
using Paa.Options;
using Paa.Quantization;
using Paa.Tests.Models;
using Paa.Training.Networks;

namespace Paa.Tests.Quantization;

/// <summary>Whole networks on integers against single precision.</summary>
[Collection("Native")]
public sealed class QuantizerTests
{
    const double MaxScoreError = 0.01;      // of scores in (0, 1); a wrong step makes a multiple of it
    const double MaxBoxError = 0.05;        // IoU

    static readonly ImageSize Size = new(96, 128);

    static ModelOptions Options(BackboneOptions backbone, int width = 64, int towers = 2) => new()
    {
        Backbone = backbone with { FrozenStages = -1 },
        Neck = new FeaturePyramidOptions { Channels = width },
        Head = new HeadOptions { ClassCount = 3, TowerChannels = width, TowerDepth = towers },
    };

    public static TheoryData<string, ModelOptions> Networks() => new()
    {
        { "narrow ResNet-18", Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }) },
        { "ResNet-50", Options(new BackboneOptions { Depth = 50, BaseChannels = 16 }, width: 96) },
        { "group norm", Options(new BackboneOptions { Depth = 18, BaseChannels = 32, Norm = NormKind.GN }) },
        { "no tower", Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }, towers: 0) },
        {
            "ResNeXt", Options(new BackboneOptions
            {
                Depth = 50, BaseChannels = 16, Kind = BackboneKind.ResNeXt, Groups = 8, BaseWidth = 2,
            })
        },
    };

    [SkippableTheory, MemberData(nameof(Networks))]
    public void Outputs_AreCloseToSinglePrecision(string name, ModelOptions options)
    {
        SkipWithoutInt8();
        using var detector = SmallDetector.Create(options);
        detector.Eval();
        var parameters = Quantize(detector, new QuantizerOptions { SensitivityImages = 0 }).Parameters;
        Assert.Empty(parameters.Calibration.KeptLayers);

        // On an image that was not looked at.
        var expected = Infer(detector, null, image: 9);
        var own = Error(detector, expected, parameters);
        Assert.InRange(own.Score, 1e-6, MaxScoreError);                         // 0 would mean that nothing is in integers
        Assert.InRange(own.Box, 1e-6, MaxBoxError);

        // The error tells wrong numbers.
        var wrong = new Dictionary<string, MapQuantization>(parameters.Maps);
        var broken = "neck.fpn_convs.0.conv";
        wrong[broken] = wrong[broken] with { Scale = wrong[broken].Scale / 16 };
        Assert.True(Error(detector, expected, parameters with { Maps = wrong }).Total > 2 * own.Total,
            $"{name}: a wrong step of {broken} is not seen.");
        var weight = new Dictionary<string, LayerQuantization>(parameters.Layers);
        broken = "neck.lateral_convs.0.conv";
        weight[broken] = weight[broken] with { Scales = [.. weight[broken].Scales.Select(scale => scale / 16)] };
        Assert.True(Error(detector, expected, parameters with { Layers = weight }).Total > 2 * own.Total,
            $"{name}: wrong weights of {broken} are not seen.");
    }

    [SkippableFact]
    public void Sizes_ThatDoNotDivide_AndBatches_Work()
    {
        SkipWithoutInt8();
        using var detector = SmallDetector.Create();
        detector.Eval();
        var parameters = Quantize(detector, new QuantizerOptions { SensitivityImages = 0 }).Parameters;
        using var network = detector.Compile(parameters);
        using var reference = detector.Compile();
        var size = new ImageSize(101, 67);
        float[] pixels = [.. Pixels(1, size), .. Pixels(2, size)];
        var (actual, expected) = (network.Infer(pixels, images: 2, size), reference.Infer(pixels, images: 2, size));
        for (var image = 0; image < 2; image++)
        {
            var error = OutputError.Between(expected[image], actual[image], detector.Network.AnchorGenerator.Grid(size));
            Assert.InRange(error.Score, 1e-6, MaxScoreError);
            Assert.InRange(error.Box, 1e-6, MaxBoxError);
        }
    }

    [SkippableFact]
    public void Layers_ThatCostTooMuch_StayInSinglePrecision()
    {
        SkipWithoutInt8();
        using var detector = SmallDetector.Create();
        detector.Eval();
        var all = Quantize(detector, new QuantizerOptions { MaxLayerError = double.PositiveInfinity });
        var worst = all.Layers.MaxBy(layer => layer.Error!.Value.Total)!;
        var limit = all.Layers.Where(layer => layer != worst).Max(layer => layer.Error!.Value.Total);
        var kept = Quantize(detector, new QuantizerOptions { MaxLayerError = limit });
        Assert.Equal((2, RangeMethod.Mse), (kept.Parameters.Calibration.Images, kept.Parameters.Calibration.Method));
        Assert.Equal([worst.Name], kept.Parameters.Calibration.KeptLayers);
        Assert.DoesNotContain(kept.Parameters.Layers.Keys, name => name.Split('@')[0] == worst.Name);
        Assert.True(kept.Error.Total < all.Error.Total, $"{kept.Error} is not below {all.Error}");
        var none = Quantize(detector, new QuantizerOptions { MaxLayerError = -1 });
        Assert.Empty(none.Parameters.Layers);
        Assert.Equal(new OutputError(0, 0).Score, none.Error.Score);
    }

    [SkippableFact]
    public void Keep_NamesLayersOrPartsOfTheNetwork()
    {
        SkipWithoutInt8();
        using var detector = SmallDetector.Create();
        detector.Eval();
        var options = new QuantizerOptions { Keep = ["backbone.layer1", "bbox_head.atss_reg"] };
        var kept = Quantize(detector, options).Parameters.Calibration.KeptLayers;
        Assert.Equal(["backbone.layer1.0.conv1", "backbone.layer1.0.conv2", "backbone.layer1.1.conv1", "backbone.layer1.1.conv2",
            "bbox_head.atss_reg"], kept);
        var error = Assert.Throws<ArgumentException>(() => Quantize(detector, options with { Keep = ["backbone.lay"] }));
        Assert.Contains("backbone.lay", error.Message);
    }

    [Fact]
    public void Quantizer_WithoutImages_OrOfDeformableNetworks_Refuses()
    {
        using var detector = SmallDetector.Create();
        detector.Eval();
        var options = new QuantizerOptions { SensitivityImages = 0 };
        using var quantizer = new Quantizer(detector.Network, detector.ToStateDict(), options);
        Assert.Throws<InvalidOperationException>(() => quantizer.Quantize());
        using var deformable = SmallDetector.Create(SmallDetector.Options with
        {
            Head = SmallDetector.Options.Head with { DeformableLastConvolution = true },
        });
        var error = Assert.Throws<EngineException>(() => new Quantizer(deformable.Network, deformable.ToStateDict()));
        Assert.Equal("The network cannot be quantised: the network has deformable convolutions.", error.Message);
    }

    [SkippableFact]
    public void Engines_UseIntegersWhereTheyCan()
    {
        SkipWithoutInt8();
        using var detector = SmallDetector.Create();
        detector.Eval();
        var parameters = Quantize(detector, new QuantizerOptions { SensitivityImages = 0 }).Parameters;
        var (torch, weights) = (new TorchEngine(), detector.ToStateDict());
        Assert.Equal((true, null), Create([InferenceEngine.OneDnn, torch], InferencePrecision.Auto));
        Assert.Equal((true, null), Create([InferenceEngine.OneDnn], InferencePrecision.Int8));
        Assert.Equal((true, null), Create([InferenceEngine.Onnx], InferencePrecision.Int8));
        Assert.Equal((false, null), Create([InferenceEngine.Onnx], InferencePrecision.F32));
        Assert.Equal((false, null), Create([InferenceEngine.OneDnn, torch], InferencePrecision.F32));
        var inF32 = "the detector is quantised to int8 but is computed in f32: the engine torch has no int8; "
            + "use onednn, onnx or auto.";
        Assert.Equal((false, inF32), Create([torch], InferencePrecision.Auto));
        Assert.Equal((false, null), Create([torch], InferencePrecision.F32));
        var (plain, notice) = new InferenceOptions { Engines = [torch] }.CreateNetwork(detector.Network, weights);
        using (plain) Assert.Null(notice);
        var error = Assert.Throws<EngineException>(
            () => new InferenceOptions { Precision = InferencePrecision.Int8 }.CreateNetwork(detector.Network, weights));
        Assert.Equal("The network cannot be computed in int8: it is not quantised; 'paa quantize' does that.", error.Message);

        (bool IsInt8, string? Notice) Create(InferenceEngine[] engines, InferencePrecision precision)
        {
            var options = new InferenceOptions { Engines = engines, Precision = precision };
            var (network, notice) = options.CreateNetwork(detector.Network, weights, parameters);
            using (network) return (network is CompiledNetwork { IsInt8: true } or OnnxNetwork { IsInt8: true }, notice);
        }
    }

    static QuantizationResult Quantize(TorchDetector detector, QuantizerOptions options)
    {
        using var quantizer = new Quantizer(detector.Network, detector.ToStateDict(), options);
        for (var image = 0; image < 2; image++) quantizer.Observe(Pixels(image), Size);
        return quantizer.Quantize();
    }

    static LevelOutput[] Infer(TorchDetector detector, QuantizationParameters? parameters, int image)
    {
        using var network = detector.Compile(parameters);
        return network.Infer(Pixels(image), images: 1, Size)[0];
    }

    static OutputError Error(TorchDetector detector, LevelOutput[] expected, QuantizationParameters parameters) =>
        OutputError.Between(expected, Infer(detector, parameters, image: 9), detector.Network.AnchorGenerator.Grid(Size));

    static float[] Pixels(int image, ImageSize? size = null) =>
        [.. HashFill.Uniform($"pixels {image}", 3L * (size ?? Size).Area).Select(value => (float)(2 * value))];

    static void SkipWithoutInt8() => Skip.IfNot(DnnEngine.HasInt8, "The processor has no VNNI.");
}
