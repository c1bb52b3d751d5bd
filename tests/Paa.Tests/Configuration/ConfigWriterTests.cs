using Paa.Configuration;
using Paa.Options;

namespace Paa.Tests.Configuration;

public sealed class ConfigWriterTests
{
    [Fact]
    public void ToYaml_LoadsBackToTheSameValues()
    {
        var config = new PaaConfig
        {
            Model = new()
            {
                Backbone = new()
                {
                    Kind = BackboneKind.ResNeXt,
                    Groups = 64,
                    Norm = NormKind.GN,
                    Deformable = new(),
                    DeformableStages = [false, true, true, true],
                    Pretrained = "torchvision://resnet18",
                },
                Head = new() { ClassCount = 5 },
                Assignment = new() { Separation = SeparationRule.PeakWithGap, Matcher = new() { PositiveIouThreshold = 1f / 3 } },
            },
            Data = new()
            {
                Classes = ["null", "a: b # c", "tab\tand \"quote\" \\", "naïve 猫", "12"],
                Train = new()
                {
                    AnnotationFiles = ["a.json", "b c.json"],
                    Scales = [[1333, 640], [1333, 800]],
                    MinImageSide = 16,
                    ScaleMode = ScaleMode.Value,
                    FlipProbability = [0.25, 0.5],
                    FlipDirections = [FlipDirection.Diagonal, FlipDirection.Vertical],
                    ClassBalanced = new() { FrequencyThreshold = 0.02 },
                    Mosaic = new() { PadValue = 7 },
                    ColorDistortion = new() { HueDelta = 9.5 },
                    MinIouRandomCrop = new() { MinIous = [0.25] },
                    RandomCrop = new() { CropType = CropType.RelativeRange, CropSize = [0.5, 0.25] },
                    FilterAnnotations = new() { MinSize = [2, 3] },
                },
                Val = new() { RatioRange = [0.5, 1.5] },
            },
            Optimizer = new()
            {
                Kind = OptimizerKind.AdamW,
                LearningRate = 1e-5,
                WeightDecay = 0.1 + 0.2,
                Parameterwise = new()
                {
                    BiasRateFactor = 2,
                    CustomKeys = new Dictionary<string, ParameterFactors>
                    {
                        ["backbone.layer1"] = new() { Rate = 0.25 },
                        ["a b: c"] = new() { Decay = 0 },
                    },
                },
            },
            WeightAverage = new() { Kind = WeightAverageKind.ExpMomentumEma, Gamma = 7 },
            Gradients = new() { Clipping = new() { MaxNorm = 12.5 }, AccumulationSteps = 3 },
            Duration = new()
            {
                MaxIterations = 7,
                Budget = new TimeSpan(days: 1, hours: 2, minutes: 0, seconds: 5),
                IsPlanned = true,
            },
            Evaluation = new() { DetectionLimits = [10, 100, 1500] },
            EarlyStopping = new() { Patience = 3, MinDelta = 0.25 },
            Device = "cuda:1",
        };
        var yaml = ConfigWriter.ToYaml(config);
        var again = ConfigLoader.Parse(yaml, "written");
        Assert.Equivalent(config, again, strict: true);
        Assert.Equal(yaml, ConfigWriter.ToYaml(again));
    }

    [Fact]
    public void ToYaml_OfAPart_HasOnlyItsKeys_AndComments()
    {
        var yaml = ConfigWriter.ToYaml(new PaaConfig { Seed = 3 },
            key => key is "model.backbone.depth" or "model.test_cfg.nms_pre" or "seed",
            key => key == "seed" ? null : $"from a\nfile of {key}");
        Assert.Equal("""
            model:
              backbone:
                depth: 50                                     # from a?file of model.backbone.depth
              test_cfg:
                nms_pre: 1000                                 # from a?file of model.test_cfg.nms_pre
            seed: 3

            """, yaml);
        Assert.Equivalent(new PaaConfig { Seed = 3 }, ConfigLoader.Parse(yaml, "written"), strict: true);
    }

    [Fact]
    public void ToYaml_WritesSnakeCaseAndInlineLists()
    {
        var yaml = ConfigWriter.ToYaml(new PaaConfig());
        Assert.StartsWith("model:\n  backbone:\n    type: ResNet\n    depth: 50\n    base_channels: 64\n", yaml);
        Assert.Contains("\n    img_prefix: []\n    img_scale: [[1333, 800]]\n    multiscale_mode: range\n", yaml);
        Assert.Contains("\noptimizer:\n  type: SGD\n  lr: 0.01\n", yaml);
        Assert.Contains("\n    dcn: null\n    stage_with_dcn: [false, false, false, false]\n", yaml);
        Assert.Contains("\nload_from: null\n", yaml);
    }
}
