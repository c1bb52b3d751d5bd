using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;

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
        using var store = new ParameterStore();
        _ = new ResNet(store.Root / "backbone", new BackboneOptions
        {
            Kind = groups > 1 ? BackboneKind.ResNeXt : BackboneKind.ResNet,
            Depth = depth,
            Groups = groups,
            BaseWidth = baseWidth,
        });
        Assert.Equal(expected - ClassifierParameters, store.Parameters.Sum(parameter => parameter.Tensor.Count));
    }

    [Fact]
    public void DeformableStages_HaveTheNamesOfMmdetection_InItsOrder()
    {
        using var store = new ParameterStore();
        _ = new ResNet(store.Root / "backbone", new BackboneOptions { Deformable = Deformable, DeformableStages = [false, true, true, true] });
        string[] names = [.. store.Entries.Select(entry => entry.Name)];
        Assert.DoesNotContain("backbone.layer1.0.conv2.conv_offset.weight", names);
        Assert.Equal(4 + 6 + 3, names.Count(name => name.EndsWith("conv2.conv_offset.weight", StringComparison.Ordinal)));
        var first = Array.IndexOf(names, "backbone.layer2.0.conv2.weight");
        Assert.Equal(
            ["backbone.layer2.0.conv2.conv_offset.weight", "backbone.layer2.0.conv2.conv_offset.bias", "backbone.layer2.0.bn2.weight"],
            names[(first + 1)..(first + 4)]);
        Assert.Equal([27L, 128, 3, 3], store["backbone.layer2.0.conv2.conv_offset.weight"].Tensor.Shape);
    }

    [Fact]
    public void DeformableNetwork_TrainsItsOffsets_ButNotThoseOfFrozenStages()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var network = new ResNet(store.Root / "backbone", new BackboneOptions
        {
            Kind = BackboneKind.ResNeXt,
            BaseChannels = 8,
            Groups = 4,
            BaseWidth = 2,
            FrozenStages = 2,
            Deformable = new DeformableOptions { OffsetGroups = 2 },
            DeformableStages = [true, true, true, true],
            Pretrained = "a file",
        });
        TorchRuntime.ManualSeed(1);
        network.InitializeWeights();
        var stages = network.Forward(Tensor.Empty([1, 3, 64, 96]).NormalInPlace());
        Assert.Equal([1L, 256, 2, 3], stages[3].Shape);
        stages[3].Sum().Backward();
        Assert.False(store["backbone.layer2.0.conv2.conv_offset.weight"].IsTrainable);
        var gradient = store["backbone.layer3.0.conv2.conv_offset.weight"].Tensor.Gradient!;
        Assert.True(gradient.Abs().Max().ToDouble() > 0);
    }
}
