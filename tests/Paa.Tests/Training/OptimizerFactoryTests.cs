using Paa.Options;
using Paa.Training;
using Paa.Training.Networks;

namespace Paa.Tests.Training;

/// <summary>
/// The factors of <c>paramwise_cfg</c>, written down from the rules of mmengine/optim/optimizer/default_constructor.py; rate 0.5
/// and decay 0.25 make them exact.
/// </summary>
[Collection("Native")]
public sealed class OptimizerFactoryTests
{
    const string Convolution = "backbone.layer2.0.conv1.weight";
    const string NormWeight = "backbone.layer2.0.bn1.weight";
    const string NormBias = "backbone.layer2.0.bn1.bias";
    const string OffsetWeight = "backbone.layer2.0.conv2.conv_offset.weight";
    const string OffsetBias = "backbone.layer2.0.conv2.conv_offset.bias";
    const string HeadBias = "bbox_head.atss_reg.bias";
    const string GroupNormBias = "bbox_head.cls_convs.0.gn.bias";
    const string Scale = "bbox_head.scales.0.scale";

    static readonly string[] Names =
        [Convolution, NormWeight, NormBias, OffsetWeight, OffsetBias, HeadBias, GroupNormBias, Scale];

    static TorchDetector Detector() => new(new ModelOptions
    {
        Backbone = new()
        {
            Depth = 50,
            BaseChannels = 8,
            FrozenStages = 1,
            Deformable = new(),
            DeformableStages = [false, true, false, false],
        },
        Neck = new() { Channels = 32 },
        Head = new() { ClassCount = 2, TowerDepth = 1, TowerChannels = 32 },
    });

    static OptimizerOptions Options(ParameterwiseOptions? factors) =>
        new() { LearningRate = 0.5, WeightDecay = 0.25, Parameterwise = factors };

    /// <summary>Rate and decay of each of <see cref="Names"/> as multiples of the optimiser's.</summary>
    static (double Rate, double Decay)[] Factors(ParameterwiseOptions options)
    {
        using var detector = Detector();
        using var optimizer = OptimizerFactory.Create(Options(options), detector.Parameters);
        var groups = optimizer.Groups.ToDictionary(group => group.Parameters.Single().Name);
        return [.. Names.Select(name => (groups[name].LearningRate / 0.5, groups[name].WeightDecay / 0.25))];
    }

    [Fact]
    public void Biases_AreThoseOutsideOfNormsAndOffsets() => Assert.Equal(
        [(1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (2, 0), (1, 1), (1, 1)],
        Factors(new() { BiasRateFactor = 2, BiasDecayFactor = 0, NormDecayFactor = 1 }));

    [Fact]
    public void DecayOfBiases_ReachesNormsThatHaveNoFactor() => Assert.Equal(
        [(1, 1), (1, 1), (1, 0), (1, 1), (1, 1), (1, 0), (1, 0), (1, 1)], Factors(new() { BiasDecayFactor = 0 }));

    [Fact]
    public void DecayOfNorms_CoversWeightsAndBiases() => Assert.Equal(
        [(1, 1), (1, 0), (1, 0), (1, 1), (1, 1), (1, 4), (1, 0), (1, 1)],
        Factors(new() { NormDecayFactor = 0, BiasDecayFactor = 4 }));

    [Fact]
    public void RateOfOffsets_CoversWeightsAndBiases() => Assert.Equal(
        [(1, 1), (1, 1), (1, 1), (0.5, 1), (0.5, 1), (4, 1), (1, 1), (1, 1)],
        Factors(new() { OffsetRateFactor = 0.5, BiasRateFactor = 4 }));

    [Fact]
    public void DecayOfFlatParameters_CoversThoseOfOneAxisWithoutAnotherFactor() => Assert.Equal(
        [(1, 1), (1, 0.5), (1, 0.5), (1, 1), (1, 1), (1, 2), (1, 0.5), (1, 1)],
        Factors(new()
        {
            FlatDecayFactor = 0.5,
            CustomKeys = new Dictionary<string, ParameterFactors> { ["atss_reg"] = new() { Decay = 2 } },
        }));

    [Fact]
    public void CustomKeys_MatchAnyPartOfTheName_TheLongestFirst_AndReplaceAllOtherRules()
    {
        var keys = new Dictionary<string, ParameterFactors>
        {
            ["backbone"] = new() { Rate = 0.5 },
            ["layer2.0"] = new() { Rate = 0.25 },        // as long as backbone, but earlier by alphabet is backbone
            ["layer2.0.bn1"] = new() { Decay = 0 },
            ["conv_offset"] = new() { Rate = 4, Decay = 2 },
            ["bbox_head"] = new(),
        };
        Assert.Equal(
            [(0.5, 1), (1, 0), (1, 0), (4, 2), (4, 2), (1, 1), (1, 1), (1, 1)],
            Factors(new()
            {
                CustomKeys = keys,
                BiasRateFactor = 8,
                NormDecayFactor = 8,
                OffsetRateFactor = 8,
                BiasDecayFactor = 8,
            }));
    }

    [Fact]
    public void EachParameterHasAGroup_InTheOrderOfTheStateDict_AndFrozenOnesHaveNoFactor()
    {
        using var detector = Detector();
        var keys = new Dictionary<string, ParameterFactors> { ["backbone"] = new() { Rate = 0.5, Decay = 0 } };
        using var optimizer = OptimizerFactory.Create(Options(new() { CustomKeys = keys }), detector.Parameters);
        Assert.Equal(detector.Parameters.Parameters.Select(parameter => parameter.Name),
            optimizer.Groups.Select(group => group.Parameters.Single().Name));
        var frozen = optimizer.Groups[0];
        Assert.Equal(("backbone.conv1.weight", 0.5, 0.25),
            (frozen.Parameters[0].Name, frozen.LearningRate, frozen.WeightDecay));

        using var plain = OptimizerFactory.Create(Options(null), detector.Parameters);
        Assert.Single(plain.Groups);
    }

    [Fact]
    public void Rates_AreSetByTheSchedule_TimesTheirFactors()
    {
        using var detector = Detector();
        using var optimizer = OptimizerFactory.Create(Options(new() { BiasRateFactor = 2 }), detector.Parameters);
        optimizer.LearningRate = 0.125;
        var rates = optimizer.Groups.ToDictionary(group => group.Parameters.Single().Name, group => group.LearningRate);
        Assert.Equal((0.125, 0.25), (rates[Convolution], rates[HeadBias]));
        Assert.Equal((0.125, 0.125), (rates[OffsetBias], rates[NormBias]));
    }
}
