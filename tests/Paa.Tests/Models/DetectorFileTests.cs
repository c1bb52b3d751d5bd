using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Models;
using Paa.Options;

namespace Paa.Tests.Models;

[Collection("Native")]
public class DetectorFileTests
{
    [Theory]
    [InlineData(18, NormKind.BN)]
    [InlineData(34, NormKind.GN)]
    [InlineData(50, NormKind.BN)]
    [InlineData(101, NormKind.BN)]
    [InlineData(152, NormKind.BN)]
    public void Load_DerivesTheArchitecture(int depth, NormKind norm)
    {
        using var folder = new TemporaryFolder();
        var options = SmallDetector.Options with
        {
            Backbone = new BackboneOptions { Depth = depth, BaseChannels = norm == NormKind.GN ? 64 : 8, Norm = norm },
        };
        using var detector = SmallDetector.Create(options);
        var loaded = DetectorFile.Load(SmallDetector.Save(detector, folder["model.pth"], "a", "b", "c"));
        Assert.Equal(["a", "b", "c"], loaded.Classes);
        Assert.Equal(depth, loaded.Network.Options.Backbone.Depth);
        Assert.Equal(
            detector.Network.Parameters.Select(Text), loaded.Network.Parameters.Select(Text));
        Assert.Equal(
            detector.Parameters["bbox_head.atss_reg.weight"].Tensor.ToArray<float>(),
            loaded.Weights["bbox_head.atss_reg.weight"].ToArray<float>());
    }

    [Theory]
    [InlineData(1, 4, 2)]
    [InlineData(4, 2, 0)]
    [InlineData(2, 8, 1)]
    public void Load_DerivesGroupsAndDeformableStages(int groups, int baseWidth, int deformGroups)
    {
        using var folder = new TemporaryFolder();
        var backbone = new BackboneOptions
        {
            Kind = groups > 1 ? BackboneKind.ResNeXt : BackboneKind.ResNet,
            Depth = 50,
            BaseChannels = 8,
            Groups = groups,
            BaseWidth = baseWidth,
            Deformable = deformGroups == 0 ? null : new DeformableOptions { OffsetGroups = deformGroups },
            DeformableStages = deformGroups == 0 ? [false, false, false, false] : [false, true, false, true],
        };
        var head = SmallDetector.Options.Head with { TowerDepth = 2, DeformableLastConvolution = deformGroups > 0 };
        using var detector = SmallDetector.Create(SmallDetector.Options with { Backbone = backbone, Head = head });
        var loaded = DetectorFile.Load(SmallDetector.Save(detector, folder["model.pth"]));
        Assert.Equivalent(backbone, loaded.Network.Options.Backbone, strict: true);
        Assert.Equivalent(head, loaded.Network.Options.Head, strict: true);
    }

    [Fact]
    public void Load_WithoutClassNames_CountsThem()
    {
        using var folder = new TemporaryFolder();
        using var detector = SmallDetector.Create();
        var loaded = DetectorFile.Load(SmallDetector.Save(detector, folder["model.pth"]));
        Assert.Equal(["class_0", "class_1", "class_2"], loaded.Classes);
    }

    [Fact]
    public void Load_IntoAnotherNetwork_NamesTheDifferences()
    {
        using var folder = new TemporaryFolder();
        using var detector = SmallDetector.Create();
        var file = SmallDetector.Save(detector, folder["model.pth"]);
        var other = new PaaConfig
        {
            Model = SmallDetector.Options with { Head = SmallDetector.Options.Head with { ClassCount = 4 } },
        };
        var error = Assert.Throws<ArchitectureException>(() => DetectorFile.Load(file, config: other));
        Assert.Contains(file, error.Message);
        Assert.Contains("bbox_head.atss_cls.weight ([3, 32, 3, 3] for [4, 32, 3, 3])", error.Message);
    }

    [Fact]
    public void Load_OfSomethingElse_SaysThatItIsNoPaaDetector()
    {
        using var folder = new TemporaryFolder();
        var weights = new PickleDict { { "fc.weight", StoredTensor.From<float>([1, 2], 1, 2) } };
        TorchFile.Write(folder["classifier.pth"], weights);
        var error = Assert.Throws<ArchitectureException>(() => DetectorFile.Load(folder["classifier.pth"]));
        Assert.StartsWith(folder["classifier.pth"], error.Message);
        Assert.Contains("no PAA detector", error.Message);
    }

    static string Text(ParameterSpec parameter) =>
        $"{parameter.Name}: {parameter.Type} [{string.Join(", ", parameter.Shape)}] {parameter.IsTrainable}";
}
