using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Dnn;
using Paa.Engines;
using Paa.Export;
using Paa.Models;
using Paa.Options;
using Paa.Quantization;
using Paa.Tests.Models;

namespace Paa.Tests.Quantization;

/// <summary>Integers in a checkpoint against those that were calibrated from its weights in single precision.</summary>
[Collection("Native")]
public sealed class IntegerWeightsTests : IDisposable
{
    static readonly ImageSize Size = new(96, 128);

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(QuantizerTests.Networks), MemberType = typeof(QuantizerTests))]
    public void EveryLayer_HasTheIntegersThatWereCalibrated(string name, ModelOptions options)
    {
        var (network, weights) = Detector(options);
        var parameters = Quantize(network, weights);
        var stored = IntegerWeights.Of(weights, network, parameters);
        string[] single = ["backbone.conv1.weight", "bbox_head.atss_reg.weight", "bbox_head.atss_centerness.weight"];
        foreach (var layer in network.Layers.OfType<ConvolutionLayer>())
            Assert.True(stored[layer.WeightName].IsQuantized != single.Contains(layer.WeightName), $"{name}: {layer.Name}");
        foreach (var (key, tensor) in weights)
            if (!stored[key].IsQuantized) Assert.Same(tensor, stored[key]);

        var (expected, actual) = (Folded(network, weights), Folded(network, stored));
        Assert.Equal(parameters.Layers.Keys.Order(), expected.Keys.Order());
        foreach (var (key, quantization) in parameters.Layers)
        {
            var (one, other) = (expected[key], actual[key]);
            if (key == "backbone.conv1") (one, other) = (one.ForIntegers(parameters.Image), other.ForIntegers(parameters.Image));
            Assert.Equal(quantization.Round(one.Weights.Span), quantization.Round(other.Weights.Span));
            Assert.Equal(quantization.Correct(one.Bias), quantization.Correct(other.Bias));
        }
    }

    [Fact]
    public void LayersOutsideOfTheQuantization_StayAsTheyAre()
    {
        var (network, weights) = Detector(SmallDetector.Options);
        var parameters = Quantize(network, weights);
        var kept = "backbone.layer1.0.conv1";
        var wrong = "backbone.layer1.0.conv2";
        var layers = parameters.Layers.Where(layer => layer.Key != kept).ToDictionary();
        float[] clipping = [.. layers[wrong].Scales.Select(scale => scale / 3)];
        layers[wrong] = layers[wrong] with { Scales = clipping };
        var stored = IntegerWeights.Of(weights, network, parameters with { Layers = layers });
        Assert.False(stored[$"{kept}.weight"].IsQuantized);
        Assert.False(stored[$"{wrong}.weight"].IsQuantized);
        Assert.True(stored["backbone.layer1.1.conv1.weight"].IsQuantized);
    }

    [SkippableFact]
    public void Checkpoint_IsAQuarterOfTheSize_AndComputesTheSameInInt8()
    {
        Skip.IfNot(DnnEngine.HasInt8, "The processor has no VNNI.");
        var (network, weights) = Detector(SmallDetector.Options with
        {
            Backbone = SmallDetector.Options.Backbone with { BaseChannels = 32 },
        });
        var parameters = Quantize(network, weights);
        var (source, target) = (_folder["f32.pth"], _folder["int8.pth"]);
        TorchFile.Write(source, new PickleDict { { "meta", new PickleDict() }, { "state_dict", weights.ToGraph() } });
        QuantizedCheckpoint.Write(source, target, parameters);
        Assert.InRange(new FileInfo(target).Length, 1, 0.32 * new FileInfo(source).Length);    // of so few channels much is norms
        var loaded = DetectorFile.Load(target);
        AssertEqual(
            Infer(network, weights, parameters, InferencePrecision.Int8),
            Infer(loaded.Network, loaded.Weights, loaded.Quantization, InferencePrecision.Int8));
    }

    [Fact]
    public void CheckpointOfAnEarlierVersion_WithWeightsInSinglePrecision_IsRead()
    {
        var (network, weights) = Detector(SmallDetector.Options);
        var parameters = Quantize(network, weights);
        var (source, target) = (_folder["f32.pth"], _folder["int8.pth"]);
        TorchFile.Write(source, new PickleDict { { "meta", new PickleDict() }, { "state_dict", weights.ToGraph() } });
        QuantizedCheckpoint.Write(source, target, parameters);
        var graph = (PickleDict)TorchFile.Read(target)!;
        graph["state_dict"] = weights.ToGraph();
        TorchFile.Write(target, graph);
        var loaded = DetectorFile.Load(target);
        Assert.Equal(parameters.Layers.Keys, loaded.Quantization!.Layers.Keys);
        Assert.All(weights, entry => Assert.Equal(entry.Value.ToBytes(), loaded.Weights[entry.Key].ToBytes()));
        Assert.Same(loaded.Weights, IntegerWeights.WithCorrectedMeans(loaded.Weights, network, parameters));
    }

    [Fact]
    public void InSinglePrecision_TheMeansAreThoseOfTheWeightsBeforeRounding()
    {
        var (network, weights) = Detector(SmallDetector.Options);
        var parameters = Quantize(network, weights);
        var stored = IntegerWeights.Of(weights, network, parameters);
        var corrected = IntegerWeights.WithCorrectedMeans(stored, network, parameters);
        var (norm, neck) = ("backbone.layer1.0.bn1.bias", "neck.fpn_convs.0.conv");
        Assert.Equal(Sum(norm, "backbone.layer1.0.conv1"), corrected[norm].ToArray<float>());
        Assert.Equal(Sum($"{neck}.bias", neck), corrected[$"{neck}.bias"].ToArray<float>());
        Assert.Same(stored["backbone.bn1.bias"], corrected["backbone.bn1.bias"]);                // its weights were not rounded

        var original = Infer(network, weights, null, InferencePrecision.F32);
        var grid = network.AnchorGenerator.Grid(Size);
        var with = OutputError.Between(original, Infer(network, stored, parameters, InferencePrecision.F32), grid);
        var without = OutputError.Between(original, Infer(network, stored, null, InferencePrecision.F32), grid);
        Assert.InRange(with.Total, 1e-7, 0.9 * without.Total);

        float[] Sum(string bias, string layer) =>
            [.. weights[bias].ToArray<float>().Zip(parameters.Layers[layer].BiasShift, (value, shift) => value + shift)];
    }

    [Fact]
    public void ExportInSinglePrecision_HasTheSameMeans()
    {
        var (network, weights) = Detector(SmallDetector.Options);
        var parameters = Quantize(network, weights);
        TorchFile.Write(_folder["f32.pth"], new PickleDict { { "meta", new PickleDict() }, { "state_dict", weights.ToGraph() } });
        QuantizedCheckpoint.Write(_folder["f32.pth"], _folder["int8.pth"], parameters);
        var loaded = DetectorFile.Load(_folder["int8.pth"]);
        var single = loaded with
        {
            Weights = IntegerWeights.WithCorrectedMeans(loaded.Weights, network, parameters),
            Quantization = null,
        };
        var options = new OnnxExportOptions { Precision = OnnxPrecision.F32 };
        Assert.Equal(OnnxExport.Build(single, options).ToBytes(), OnnxExport.Build(loaded, options).ToBytes());
        Assert.NotEqual(
            OnnxExport.Build(single, options).ToBytes(),
            OnnxExport.Build(single with { Weights = loaded.Weights }, options).ToBytes());
    }

    /// <summary>A network with random weights; some batch norms multiply by negative, tiny and no factors.</summary>
    static (PaaDetector Network, StateDict Weights) Detector(ModelOptions options)
    {
        using var detector = SmallDetector.Create(options);
        var result = new StateDict();
        foreach (var (name, tensor) in detector.ToStateDict())
        {
            var isFactor = options.Backbone.Norm == NormKind.BN && name.StartsWith("backbone", StringComparison.Ordinal)
                && tensor.Shape.Length == 1 && name.EndsWith(".weight", StringComparison.Ordinal);
            float[] special = [1, -1, 0, 1e-40f, -0.7f, 1e-30f, 1.3f];
            var factors = Enumerable.Range(0, (int)tensor.Count).Select(i => special[i % special.Length]);
            result.Add(name, isFactor ? StoredTensor.From<float>([.. factors], tensor.Shape) : tensor);
        }
        return (detector.Network, result);
    }

    static QuantizationParameters Quantize(PaaDetector network, StateDict weights)
    {
        using var quantizer = new Quantizer(network, weights, new QuantizerOptions { SensitivityImages = 0 });
        for (var image = 0; image < 2; image++) quantizer.Observe(Pixels(image), Size);
        return quantizer.Quantize().Parameters;
    }

    /// <summary>Every convolution with its norm folded, by the name of its integers.</summary>
    static Dictionary<string, FoldedConvolution> Folded(PaaDetector network, StateDict weights)
    {
        using var plans = new PlanWeights(weights, 2);
        using var calibrator = new Calibrator(network, plans);
        calibrator.Observe(Pixels(0), Size);
        return calibrator.Layers.ToDictionary(layer => layer.Key, layer => layer.Value.Fold());
    }

    static LevelOutput[] Infer(
        PaaDetector network, StateDict weights, QuantizationParameters? parameters, InferencePrecision precision)
    {
        var options = new InferenceOptions { Engines = [InferenceEngine.OneDnn], Precision = precision };
        using var compiled = options.CreateNetwork(network, weights, parameters).Network;
        return compiled.Infer(Pixels(9), images: 1, Size)[0];
    }

    static void AssertEqual(LevelOutput[] expected, LevelOutput[] actual)
    {
        for (var level = 0; level < expected.Length; level++)
        {
            Assert.Equal(expected[level].ClassLogits.ToArray(), actual[level].ClassLogits.ToArray());
            Assert.Equal(expected[level].BoxDeltas.ToArray(), actual[level].BoxDeltas.ToArray());
            Assert.Equal(expected[level].IouLogits.ToArray(), actual[level].IouLogits.ToArray());
        }
    }

    static float[] Pixels(int image) =>
        [.. HashFill.Uniform($"pixels {image}", 3L * Size.Area).Select(value => (float)(2 * value))];
}
