using Paa.Boxes;
using Paa.Models;
using Paa.Options;
using Paa.Torch;

namespace Paa.Tests.Models;

[Collection("Native")]
public class ModelProfileTests
{
    /// <summary>Multiply-accumulates of torchvision's classifiers at 224x224, in billions, as its documentation states.</summary>
    [Theory]
    [InlineData(18, 1, 4, 1.814)]
    [InlineData(50, 1, 4, 4.089)]
    [InlineData(101, 1, 4, 7.801)]
    [InlineData(152, 1, 4, 11.514)]
    [InlineData(101, 32, 8, 16.414)]
    [InlineData(101, 64, 4, 15.46)]
    public void Measure_OfABackbone_AgreesWithTorchvision(int depth, int groups, int baseWidth, double expected)
    {
        var backbone = new BackboneOptions
        {
            Kind = groups > 1 ? BackboneKind.ResNeXt : BackboneKind.ResNet,
            Depth = depth,
            Groups = groups,
            BaseWidth = baseWidth,
        };
        var detector = new PaaDetector(new ModelOptions { Backbone = backbone });
        var parts = ModelProfile.Measure(detector, new ImageSize(224, 224)).Parts;
        var classifier = (depth < 50 ? 512 : 2048) * 1000;
        var actual = classifier
            + parts.Where(part => part.Name.StartsWith("backbone.", StringComparison.Ordinal)).Sum(part => part.MultiplyAdds);
        Assert.Equal(expected, actual / 1e9, 0.001);
    }

    /// <summary>By hand: C3..C5 of 512, 1024, 2048 channels at 100x168, 50x84, 25x42; 22,400 positions on all levels.</summary>
    [Fact]
    public void Measure_OfThePublishedDetector_AgreesWithACountByHand()
    {
        var detector = new PaaDetector(new PaaConfig().Model);
        var profile = ModelProfile.Measure(detector, new ImageSize(800, 1344));
        long positions = 100 * 168 + 50 * 84 + 25 * 42 + 13 * 21 + 7 * 11;
        var head = profile.Parts.Single(part => part.Name == "bbox_head");
        Assert.Equal(positions * 256 * 9 * (8 * 256 + 80 + 4 + 1), head.MultiplyAdds);
        Assert.Equal(positions * (8 * 256 + 80 + 4 + 1), head.Activations);
        long laterals = 256L * (100 * 168 * 512 + 50 * 84 * 1024 + 25 * 42 * 2048);
        var neck = profile.Parts.Single(part => part.Name == "neck");
        Assert.Equal(laterals + positions * 256 * 256 * 9, neck.MultiplyAdds);
        Assert.Equal(429, 2 * profile.Total.MultiplyAdds / 1e9, 1.0);
        var parameters = detector.Parameters.Where(parameter => !parameter.IsBuffer);
        Assert.Equal(parameters.Sum(parameter => parameter.Count), profile.Total.Parameters);
        Assert.Equal((9408 + 128, 0), (profile.Parts[0].Parameters, profile.Parts[0].TrainableParameters));
    }

    [Fact]
    public void Measure_FollowsTheSizesThatTheNetworkMakes()
    {
        var size = new ImageSize(96, 160);
        using var detector = SmallDetector.Create();
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var outputs = detector.Forward(Tensor.Zeros([1, 3, size.Height, size.Width]));
        var kernels = detector.Parameters.Parameters.Where(parameter =>
            parameter.Name.StartsWith("bbox_head.", StringComparison.Ordinal) && parameter.Tensor.Rank == 4);
        var perPosition = kernels.Sum(parameter => parameter.Tensor.Count);
        var head = ModelProfile.Measure(detector.Network, size).Parts.Single(part => part.Name == "bbox_head");
        Assert.Equal(outputs.ClassLogits.Sum(level => level.Size(2) * level.Size(3)) * perPosition, head.MultiplyAdds);
    }

    [Fact]
    public void Measure_OfDeformableConvolutions_CountsTheirOffsets()
    {
        var plain = new BackboneOptions();
        var deformable = plain with { Deformable = new DeformableOptions(), DeformableStages = [false, false, false, true] };
        long offsets = 2048 / 4 * 9 * 27;                                          // weights of conv_offset in C5
        Assert.Equal(3 * offsets * 25 * 42, Work(deformable) - Work(plain));
        long positions = 100 * 168 + 50 * 84 + 25 * 42 + 13 * 21 + 7 * 11;
        Assert.Equal(2 * 256 * 9 * 27 * positions, Work(plain, dcnOnLastConv: true) - Work(plain));

        static long Work(BackboneOptions backbone, bool dcnOnLastConv = false)
        {
            var head = new HeadOptions { DeformableLastConvolution = dcnOnLastConv };
            var detector = new PaaDetector(new ModelOptions { Backbone = backbone, Head = head });
            return ModelProfile.Measure(detector, new ImageSize(800, 1344)).Total.MultiplyAdds;
        }
    }
}
