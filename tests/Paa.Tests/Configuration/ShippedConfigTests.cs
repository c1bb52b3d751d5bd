using Paa.Configuration;
using Paa.Options;

namespace Paa.Tests.Configuration;

/// <summary>The files in <c>configs/</c>.</summary>
public sealed class ShippedConfigTests
{
    static readonly string Configs = Path.Combine(Repository.Root, "configs");

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Configs, "*.yaml", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Configs, file)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_LoadsAndWritesBack(string file)
    {
        var config = ConfigLoader.Load(Path.Combine(Configs, file));
        Assert.Equivalent(config, ConfigLoader.Parse(ConfigWriter.ToYaml(config), "written"), strict: true);
    }

    /// <summary>What MMDetection's files of the same names say.</summary>
    [Theory]
    [InlineData("paa_r50_fpn_1x_coco", 50, 12, new[] { 8, 11 }, false)]
    [InlineData("paa_r50_fpn_1.5x_coco", 50, 18, new[] { 12, 16 }, false)]
    [InlineData("paa_r50_fpn_2x_coco", 50, 24, new[] { 16, 22 }, false)]
    [InlineData("paa_r50_fpn_mstrain_3x_coco", 50, 36, new[] { 28, 34 }, true)]
    [InlineData("paa_r101_fpn_1x_coco", 101, 12, new[] { 8, 11 }, false)]
    [InlineData("paa_r101_fpn_2x_coco", 101, 24, new[] { 16, 22 }, false)]
    [InlineData("paa_r101_fpn_mstrain_3x_coco", 101, 36, new[] { 28, 34 }, true)]
    public void PublishedConfig_HasItsDepthAndSchedule(string name, int depth, int epochs, int[] steps, bool isMultiscale)
    {
        var config = ConfigLoader.Load(Path.Combine(Configs, "paa", $"{name}.yaml"));
        Assert.Equal((depth, $"torchvision://resnet{depth}"), (config.Model.Backbone.Depth, config.Model.Backbone.Pretrained));
        Assert.Equal(epochs, config.Duration.MaxEpochs);
        Assert.Equal(steps, config.LearningRate.DecayEpochs);
        int[][] scales = isMultiscale ? [[1333, 640], [1333, 800]] : [[1333, 800]];
        Assert.Equal(scales, config.Data.Train.Scales);
        Assert.Equal(ScaleMode.Range, config.Data.Train.ScaleMode);
        Assert.Empty(ConfigValidator.Warnings(config));
    }

    [Theory]
    [InlineData("synth/paa_r18_synth.yaml")]
    [InlineData("bccd/paa_r18_bccd.yaml")]
    public void SmallConfig_TrainsFromScratchWithoutWarnings(string file) =>
        Assert.Empty(ConfigValidator.Warnings(ConfigLoader.Load(Path.Combine(Configs, file))));
}
