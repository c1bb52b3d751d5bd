using System.Globalization;
using System.Text.RegularExpressions;
using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Models;
using Paa.Options;
using Paa.Zoo;

namespace Paa.Training.Recipes;

/// <summary>The weights that a training begins with: of a backbone, of a detector, or random ones.</summary>
public sealed partial record RecipeStart
{
    RecipeStart() { }

    /// <summary>A ResNet-18 that was trained on ImageNet and that NuGet has: <c>nuget://resnet18</c>.</summary>
    public static RecipeStart Default { get; } = OfBackbone(PackagedResNet18.Name);

    /// <summary>Random weights.</summary>
    public static RecipeStart Scratch { get; } = new();

    /// <summary>Name or file of the weights; null for random ones.</summary>
    public string? Weights { get; private init; }

    /// <summary>The pretrained backbone; null for another start.</summary>
    public BackboneOptions? Backbone { get; private init; }

    /// <summary>The configuration of the detector to begin with; null for another start.</summary>
    public PaaConfig? Detector { get; private init; }

    /// <summary>A backbone that was trained on ImageNet.</summary>
    /// <param name="name">Such as <c>nuget://resnet18</c> or <c>torchvision://resnet50</c>.</param>
    /// <exception cref="ArgumentException">No backbone has this name.</exception>
    public static RecipeStart OfBackbone(string name)
    {
        var match = BackboneName().Match(name);
        if (!match.Success || (name != PackagedResNet18.Name && BackboneCatalogue.Find(name) is null))
            throw new ArgumentException($"no backbone is named '{name}'; there are "
                + $"{string.Join(", ", [PackagedResNet18.Name, .. BackboneCatalogue.Names])}.");
        var isWide = match.Groups["groups"].Success;
        return new RecipeStart
        {
            Weights = name,
            Backbone = new BackboneOptions
            {
                Kind = isWide ? BackboneKind.ResNeXt : BackboneKind.ResNet,
                Depth = Number("depth"),
                Groups = isWide ? Number("groups") : 1,
                BaseWidth = isWide ? Number("width") : new BackboneOptions().BaseWidth,
                Pretrained = name,
            },
        };

        int Number(string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>A whole detector.</summary>
    /// <param name="weights">A file, or a name of the zoo.</param>
    /// <param name="config">Its configuration; network, anchors and normalisation are taken over.</param>
    public static RecipeStart OfDetector(string weights, PaaConfig config) => new() { Weights = weights, Detector = config };

    /// <summary>Weights in a file: a detector of this project or of MMDetection, or a ResNet as torchvision writes it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    /// <exception cref="ArchitectureException">It holds another network.</exception>
    public static RecipeStart OfFile(string path)
    {
        if (ExportedFile.IsOnnx(path))
            throw new ArchitectureException(
                $"{path}: an exported file cannot be trained on; name the checkpoint it was made from");
        var weights = StateDict.Load(path);
        var shapes = weights.ToDictionary(entry => entry.Key, entry => entry.Value.Shape);
        if (!shapes.ContainsKey("layer1.0.conv1.weight")
            || shapes.Keys.Any(name => name.StartsWith("bbox_head.", StringComparison.Ordinal)))
            return OfDetector(path, DetectorFile.Load(weights, path).Config);
        int[] blocks = [.. Enumerable.Range(1, 4).Select(stage =>
            Enumerable.Range(0, 100).TakeWhile(block => shapes.ContainsKey($"layer{stage}.{block}.conv1.weight")).Count())];
        var isBottleneck = shapes.ContainsKey("layer1.0.conv3.weight");
        int[] depths = [.. new[] { 18, 34, 50, 101, 152 }.Where(depth =>
            ResNet.Layout(depth) is var (own, bottleneck) && bottleneck == isBottleneck && own.SequenceEqual(blocks))];
        if (depths.Length == 0 || (isBottleneck && shapes["layer1.0.conv2.weight"][1] != shapes["conv1.weight"][0]))
            throw new ArchitectureException($"{path}: this is neither a detector nor a ResNet-18, 34, 50, 101 or 152");
        return new RecipeStart
        {
            Weights = path,
            Backbone = new BackboneOptions
            {
                Depth = depths[0],
                BaseChannels = (int)shapes["conv1.weight"][0],
                Pretrained = path,
            },
        };
    }

    [GeneratedRegex(@"://resne(x?)t(?<depth>\d+)(_(?<groups>\d+)x(?<width>\d+)d)?$", RegexOptions.CultureInvariant)]
    private static partial Regex BackboneName();
}
