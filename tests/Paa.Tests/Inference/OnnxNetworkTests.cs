using Paa.Boxes;
using Paa.Engines;
using Paa.Models;
using Paa.Onnx;
using Paa.Options;
using Paa.Quantization;
using Paa.Training.Networks;

namespace Paa.Tests.Inference;

/// <summary>The graph in ONNX Runtime against libtorch, on every kind of layer, and against the plan of oneDNN in
/// integers.</summary>
[Collection("Native")]
public sealed class OnnxNetworkTests
{
    static ModelOptions Narrow { get; } =
        CompiledNetworkTests.Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }, towers: 1);

    public static TheoryData<string, ModelOptions> Networks()
    {
        var networks = CompiledNetworkTests.Networks();
        networks.Add("deformable", CompiledNetworkTests.Deformable);
        networks.Add("deformable with groups and group norm", CompiledNetworkTests.Options(new BackboneOptions
        {
            Depth = 50,
            BaseChannels = 32,
            Norm = NormKind.GN,
            Deformable = new DeformableOptions { OffsetGroups = 2 },
            DeformableStages = [false, true, false, true],
        }));
        networks.Add("deformable towers", Narrow with { Head = Narrow.Head with { DeformableLastConvolution = true } });
        return networks;
    }

    [Theory, MemberData(nameof(Networks))]
    public void Outputs_EqualLibtorch(string name, ModelOptions options)
    {
        using var detector = CompiledNetworkTests.Detector(options);
        using var network = Create(detector);
        using var reference = new TorchNetwork(detector);
        foreach (var (images, size) in ((int, ImageSize)[])[(1, new(96, 128)), (3, new(160, 96)), (1, new(101, 67))])
        {
            var pixels = CompiledNetworkTests.Pixels(images, size);
            CompiledNetworkTests.AssertEqual(reference.Infer(pixels, images, size), network.Infer(pixels, images, size),
                $"{name}, {images} of {size}");
        }
    }

    [Fact]
    public async Task Threads_ComputeAtTheSameTime()
    {
        using var detector = CompiledNetworkTests.Detector(Narrow);
        using var network = Create(detector);
        ImageSize[] sizes = [new(64, 64), new(96, 64), new(101, 67), new(64, 128)];
        var expected = sizes.Select(size => network.Infer(CompiledNetworkTests.Pixels(1, size), 1, size)).ToArray();
        var tasks = Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var turn = 0; turn < 8; turn++)
            {
                var i = (thread + turn) % sizes.Length;
                var actual = network.Infer(CompiledNetworkTests.Pixels(1, sizes[i]), 1, sizes[i]);
                AssertSame(expected[i], actual);                       // bit for bit
            }
        }));
        await Task.WhenAll(tasks);
    }

    // Half precision has 11 bits: each map is off by about 2^-12 of its values, which add up over some twenty layers.
    [Fact]
    public void HalfPrecision_StaysClose()
    {
        using var detector = CompiledNetworkTests.Detector(Narrow);
        var model = OnnxNetwork.Record(detector.Network, detector.ToStateDict(), isHalf: true);
        Assert.Equal(OnnxNetwork.Record(detector.Network, detector.ToStateDict()).ConstantBytes / 2.0, model.ConstantBytes,
            tolerance: 2000);
        var size = new ImageSize(101, 67);
        var pixels = CompiledNetworkTests.Pixels(1, size);
        using var session = new OnnxSession(model);
        using var results = session.Run<float>(pixels, [1, 3, size.Height, size.Width]);
        using var reference = new TorchNetwork(detector);
        var expected = reference.Infer(pixels, 1, size)[0];
        for (var level = 0; level < expected.Length; level++)
            CompiledNetworkTests.AssertClose(
                expected[level].ClassLogits.Span, results.Values<float>(3 * level), $"level {level}", tolerance: 0.01);
    }

    // What ONNX Runtime rounds more often than the plan (results of convolutions in front of residuals and norms) costs about a
    // quarter of the plan's error; twice as much is the limit.
    [SkippableFact]
    public void Int8_IsAsCloseToSinglePrecisionAsThePlan()
    {
        Skip.If(InferenceEngine.OneDnn.Int8Obstacle(null!) is not null, "no VNNI");
        using var detector = CompiledNetworkTests.Detector(
            CompiledNetworkTests.Options(new BackboneOptions { Depth = 50, BaseChannels = 16 }));
        var (network, weights, size) = (detector.Network, detector.ToStateDict(), new ImageSize(160, 197));
        var pixels = CompiledNetworkTests.Pixels(1, size);
        using var quantizer = new Quantizer(network, weights, new QuantizerOptions { SensitivityImages = 0 });
        quantizer.Observe(pixels, size);
        var parameters = quantizer.Quantize().Parameters;
        var grid = network.AnchorGenerator.Grid(size);
        using var reference = new TorchNetwork(detector);
        var expected = reference.Infer(pixels, 1, size)[0];

        var plan = Error(InferenceEngine.OneDnn, parameters);
        var graph = Error(InferenceEngine.Onnx, parameters);
        Assert.InRange(plan.Score, 1e-4, 0.02);
        Assert.InRange(graph.Score, 1e-4, 2 * plan.Score);
        Assert.InRange(graph.Box, 1e-4, 2 * plan.Box);

        // Files of before have no ranges of summands, and a layer may stay in single precision.
        var older = parameters with
        {
            Maps = parameters.Maps.Where(map => !map.Key.EndsWith(".summand", StringComparison.Ordinal)).ToDictionary(),
            Layers = parameters.Layers.Where(layer => layer.Key != "backbone.layer2.0.conv2").ToDictionary(),
        };
        Assert.InRange(Error(InferenceEngine.Onnx, older).Score, 1e-4, 4 * plan.Score);

        OutputError Error(InferenceEngine engine, QuantizationParameters own)
        {
            using var other = engine.Create(network, weights, own, threadCount: 2);
            return OutputError.Between(expected, other.Infer(pixels, 1, size)[0], grid);
        }
    }

    [Fact]
    public void Int8_StoresAQuarter()
    {
        using var detector = CompiledNetworkTests.Detector(Narrow);
        using var quantizer = new Quantizer(
            detector.Network, detector.ToStateDict(), new QuantizerOptions { SensitivityImages = 0 });
        quantizer.Observe(CompiledNetworkTests.Pixels(1, new(64, 64)), new(64, 64));
        var parameters = quantizer.Quantize().Parameters;
        var whole = OnnxNetwork.Record(detector.Network, detector.ToStateDict()).ConstantBytes;
        var quantized = OnnxNetwork.Record(detector.Network, detector.ToStateDict(), parameters).ConstantBytes;
        Assert.InRange(quantized, whole * 0.25, whole * 0.4);
    }

    [SkippableFact]
    public void DeviceWithoutProvider_IsOneError()
    {
        using var detector = CompiledNetworkTests.Detector(Narrow);
        Skip.If(OnnxDevice.Parse("directml").Obstacle is null, "DirectML is there");
        var options = new InferenceOptions { Engines = [InferenceEngine.OnnxOn(OnnxDevice.Parse("directml:1"))] };
        var error = Assert.Throws<EngineException>(() => options.CreateNetwork(detector.Network, detector.ToStateDict()));
        Assert.Equal($"The engine onnx cannot be used: this program's ONNX Runtime {OnnxRuntime.Version} has no "
            + $"DmlExecutionProvider for the device directml:1, only {string.Join(", ", OnnxRuntime.Providers)}; "
            + "reference the package Microsoft.ML.OnnxRuntime.DirectML instead.", error.Message);
    }

    static IDetectorNetwork Create(TorchDetector detector) =>
        InferenceEngine.Onnx.Create(detector.Network, detector.ToStateDict(), quantization: null, threadCount: 2);

    static void AssertSame(LevelOutput[][] expected, LevelOutput[][] actual)
    {
        foreach (var (own, other) in expected[0].Zip(actual[0]))
        {
            Assert.True(own.ClassLogits.Span.SequenceEqual(other.ClassLogits.Span));
            Assert.True(own.BoxDeltas.Span.SequenceEqual(other.BoxDeltas.Span));
            Assert.True(own.IouLogits.Span.SequenceEqual(other.IouLogits.Span));
        }
    }
}
