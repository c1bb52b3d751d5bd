using Paa.Boxes;
using Paa.Engines;
using Paa.Models;
using Paa.Options;
using Paa.Tests.Models;
using Paa.Training.Networks;

namespace Paa.Tests.Inference;

/// <summary>The compiled network against libtorch, on every kind of layer it knows.</summary>
[Collection("Native")]
public sealed class CompiledNetworkTests
{
    const double Tolerance = 1e-4;          // of the largest value of a map

    internal static ModelOptions Options(BackboneOptions backbone, int width = 64, int classes = 3, int towers = 2) => new()
    {
        Backbone = backbone,
        Neck = new FeaturePyramidOptions { Channels = width },
        Head = new HeadOptions { ClassCount = classes, TowerChannels = width, TowerDepth = towers },
    };

    public static TheoryData<string, ModelOptions> Networks() => new()
    {
        { "narrow ResNet-18", Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }) },
        { "ResNet-34", Options(new BackboneOptions { Depth = 34, BaseChannels = 16 }) },
        { "ResNet-50, 80 classes", Options(new BackboneOptions { Depth = 50, BaseChannels = 32 }, width: 128, classes: 80) },
        { "ResNet-50 with group norm", Options(new BackboneOptions { Depth = 50, BaseChannels = 32, Norm = NormKind.GN }) },
        { "groups of three channels", Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }, width: 96) },
        { "no tower", Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }, towers: 0) },
        {
            "ResNeXt", Options(new BackboneOptions
            {
                Depth = 50, BaseChannels = 32, Kind = BackboneKind.ResNeXt, Groups = 16, BaseWidth = 2,
            })
        },
    };

    [Theory, MemberData(nameof(Networks))]
    public void Outputs_EqualLibtorch(string name, ModelOptions options)
    {
        using var detector = Detector(options);
        using var compiled = detector.Compile();
        using var reference = new TorchNetwork(detector);
        foreach (var (images, size) in ((int, ImageSize)[])[(1, new(96, 128)), (2, new(160, 96)), (1, new(96, 128))])
        {
            var pixels = Pixels(images, size);
            var (expected, actual) = (reference.Infer(pixels, images, size), compiled.Infer(pixels, images, size));
            AssertEqual(expected, actual, $"{name}, {images} of {size}");
        }
    }

    [Fact]
    public void Outputs_OfSizesThatDoNotDivide_EqualLibtorch()
    {
        using var detector = Detector(Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }));
        using var compiled = detector.Compile();
        using var reference = new TorchNetwork(detector);
        var size = new ImageSize(101, 67);
        var pixels = Pixels(1, size);
        AssertEqual(reference.Infer(pixels, 1, size), compiled.Infer(pixels, 1, size), "101x67");
    }

    [Fact]
    public void ManySizes_KeepFewPlans()
    {
        using var detector = Detector(Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }, towers: 1));
        using var compiled = detector.Compile();
        for (var width = 32; width <= 32 * 40; width += 32)
            Assert.Single(compiled.Infer(Pixels(1, new(32, width)), 1, new(32, width)));
        var first = new ImageSize(32, 32);                              // forgotten, and compiled again
        using var reference = new TorchNetwork(detector);
        AssertEqual(reference.Infer(Pixels(1, first), 1, first), compiled.Infer(Pixels(1, first), 1, first), "32x32");
    }

    [Fact]
    public async Task Threads_TakeTurns()
    {
        using var detector = Detector(Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }, towers: 1));
        using var compiled = detector.Compile();
        var size = new ImageSize(64, 64);
        var expected = compiled.Infer(Pixels(1, size), 1, size);
        var tasks = Enumerable.Range(0, 4).Select(_ => Task.Run(() => compiled.Infer(Pixels(1, size), 1, size)));
        foreach (var actual in await Task.WhenAll(tasks)) AssertEqual(expected, actual, "64x64");
    }

    internal static ModelOptions Deformable { get; } = Options(new BackboneOptions
    {
        Depth = 50,
        BaseChannels = 8,
        Deformable = new DeformableOptions(),
        DeformableStages = [false, true, true, true],
    });

    [Fact]
    public void Default_UsesOnnxRuntime_ForDeformableConvolutions()
    {
        using var detector = Detector(Deformable);
        using var network = new InferenceOptions().CreateNetwork(detector.Network, detector.ToStateDict()).Network;
        Assert.IsType<OnnxNetwork>(network);
        var oneDnnOnly = new InferenceOptions { Engines = [InferenceEngine.OneDnn] };
        var error = Assert.Throws<EngineException>(() => oneDnnOnly.CreateNetwork(detector.Network, detector.ToStateDict()));
        Assert.Equal("The engine onednn cannot be used: the network has deformable convolutions. "
            + "Use onnx, which computes every detector.", error.Message);
    }

    [Fact]
    public void Default_CompilesForTheCpu()
    {
        using var detector = Detector(Options(new BackboneOptions { Depth = 18, BaseChannels = 8 }, towers: 1));
        using var network = new InferenceOptions().CreateNetwork(detector.Network, detector.ToStateDict()).Network;
        Assert.IsType<CompiledNetwork>(network);
    }

    internal static TorchDetector Detector(ModelOptions options)
    {
        var detector = new TorchDetector(options);
        HashFill.Fill(detector.Parameters, salt: "compiled");
        detector.Eval();
        return detector;
    }

    internal static float[] Pixels(int images, ImageSize size) =>
        [.. HashFill.Uniform("pixels", 3L * images * size.Area).Select(value => (float)(2 * value))];

    internal static void AssertEqual(LevelOutput[][] expected, LevelOutput[][] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach (var (own, other, image) in expected.Zip(actual, Enumerable.Range(0, expected.Length)))
        {
            Assert.Equal(own.Select(level => level.Size), other.Select(level => level.Size));
            for (var level = 0; level < own.Length; level++)
            {
                var place = $"{what}, image {image}, level {level}";
                AssertClose(own[level].ClassLogits.Span, other[level].ClassLogits.Span, place + ", class");
                AssertClose(own[level].BoxDeltas.Span, other[level].BoxDeltas.Span, place + ", box");
                AssertClose(own[level].IouLogits.Span, other[level].IouLogits.Span, place + ", iou");
            }
        }
    }

    internal static void AssertClose(
        ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what, double tolerance = Tolerance)
    {
        var largest = 0f;
        foreach (var value in expected) largest = MathF.Max(largest, MathF.Abs(value));
        Golden.GoldenAssert.Close(expected, actual, tolerance * largest, what: what);
    }
}
