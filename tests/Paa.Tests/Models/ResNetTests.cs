using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Tests.Models;

[Collection("Native")]
public class ResNetTests
{
    const int ClassifierParameters = 2048 * 1000 + 1000;

    static readonly DeformableOptions Deformable = new();

    /// <summary>Parameters of torchvision's classifiers, as its documentation states them.</summary>
    [Theory]
    [InlineData(50, 1, 4, 25_557_032)]
    [InlineData(101, 1, 4, 44_549_160)]
    [InlineData(152, 1, 4, 60_192_808)]
    [InlineData(50, 32, 4, 25_028_904)]
    [InlineData(101, 32, 8, 88_791_336)]
    [InlineData(101, 64, 4, 83_455_272)]
    public void Network_HasAsManyParametersAsTorchvisions(int depth, int groups, int baseWidth, long expected)
    {
        var network = new ResNet("backbone", new BackboneOptions
        {
            Kind = groups > 1 ? BackboneKind.ResNeXt : BackboneKind.ResNet,
            Depth = depth,
            Groups = groups,
            BaseWidth = baseWidth,
        });
        Assert.Equal(expected - ClassifierParameters, Weights(network).Sum(weight => weight.Count));
    }

    [Fact]
    public void DeformableStages_HaveTheNamesOfMmdetection_InItsOrder()
    {
        var options = new BackboneOptions { Deformable = Deformable, DeformableStages = [false, true, true, true] };
        var network = new ResNet("backbone", options);
        string[] names = [.. network.Layers.SelectMany(layer => layer.Parameters).Select(parameter => parameter.Name)];
        Assert.DoesNotContain("backbone.layer1.0.conv2.conv_offset.weight", names);
        Assert.Equal(4 + 6 + 3, names.Count(name => name.EndsWith("conv2.conv_offset.weight", StringComparison.Ordinal)));
        const string offsets = "backbone.layer2.0.conv2.conv_offset";
        var first = Array.IndexOf(names, "backbone.layer2.0.conv2.weight");
        Assert.Equal([$"{offsets}.weight", $"{offsets}.bias", "backbone.layer2.0.bn2.weight"], names[(first + 1)..(first + 4)]);
        Assert.Equal([27L, 128, 3, 3], Weights(network).Single(weight => weight.Name == $"{offsets}.weight").Shape);
    }

    [Fact]
    public void DeformableNetwork_TrainsItsOffsets_ButNotThoseOfFrozenStages()
    {
        using var scope = new TensorScope();
        using var detector = new TorchDetector(SmallDetector.Options with
        {
            Backbone = new BackboneOptions
            {
                Kind = BackboneKind.ResNeXt,
                BaseChannels = 8,
                Groups = 4,
                BaseWidth = 2,
                FrozenStages = 2,
                Deformable = new DeformableOptions { OffsetGroups = 2 },
                DeformableStages = [true, true, true, true],
                Pretrained = "a file",
            },
        });
        detector.InitializeWeights(seed: 1);
        var outputs = detector.Forward(Tensor.Empty([1, 3, 128, 192]).NormalInPlace());
        Assert.Equal([1L, 3, 4, 6], outputs.ClassLogits[2].Shape);
        outputs.ClassLogits[2].Sum().Backward();
        Assert.False(detector.Parameters["backbone.layer2.0.conv2.conv_offset.weight"].IsTrainable);
        var gradient = detector.Parameters["backbone.layer3.0.conv2.conv_offset.weight"].Tensor.Gradient!;
        Assert.True(gradient.Abs().Max().ToDouble() > 0);
    }

    static IEnumerable<ParameterSpec> Weights(ResNet network) =>
        network.Layers.SelectMany(layer => layer.Parameters).Where(parameter => !parameter.IsBuffer);
}
