using Paa.Assignment;
using Paa.Configuration;
using Paa.Models;

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
                    Type = BackboneKind.ResNeXt,
                    Groups = 64,
                    Norm = NormKind.GN,
                    Dcn = new(),
                    StageWithDcn = [false, true, true, true],
                    Pretrained = "torchvision://resnet18",
                },
                BboxHead = new() { NumClasses = 5 },
                TrainCfg = new() { Separation = SeparationRule.PeakWithGap, Assigner = new() { PosIouThr = 1f / 3 } },
            },
            Data = new()
            {
                Classes = ["null", "a: b # c", "tab\tand \"quote\" \\", "naïve 猫", "12"],
                Train = new()
                {
                    AnnFile = ["a.json", "b c.json"],
                    ImgScale = [[1333, 640], [1333, 800]],
                    MultiscaleMode = MultiscaleMode.Value,
                    FlipRatio = [0.25, 0.5],
                    FlipDirection = [FlipDirection.Diagonal, FlipDirection.Vertical],
                    ClassBalanced = new() { OversampleThr = 0.02 },
                    Mosaic = new() { PadVal = 7 },
                    PhotoMetricDistortion = new() { HueDelta = 9.5 },
                    MinIouRandomCrop = new() { MinIous = [0.25] },
                },
            },
            Optimizer = new() { Type = OptimizerKind.AdamW, Lr = 1e-5, WeightDecay = 0.1 + 0.2 },
            OptimizerConfig = new() { GradClip = new() { MaxNorm = 12.5 }, CumulativeIters = 3 },
            Runner = new() { MaxIters = 7 },
            Device = "cuda:1",
        };
        var yaml = ConfigWriter.ToYaml(config);
        var again = ConfigLoader.Parse(yaml, "written");
        Assert.Equivalent(config, again, strict: true);
        Assert.Equal(yaml, ConfigWriter.ToYaml(again));
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
