using System.Globalization;
using Paa.Models;
using Paa.Options;

namespace Paa.Detectors;

/// <summary>Reads the architecture of a PAA detector off the names and shapes in its checkpoint.</summary>
/// <remarks>Strides and anchor size leave no trace in the weights: they are the published ones, 8 to 128 and 8.</remarks>
static class ArchitectureInference
{
    const int OffsetChannels = 3 * 3 * 3;    // of a deformable group: y, x and factor for each tap of a 3x3 kernel

    /// <summary>Derives the options of a detector.</summary>
    /// <param name="shapes">Shape of every tensor by its name in MMDetection's <c>state_dict</c>.</param>
    /// <returns>Options that build a detector with exactly these tensors.</returns>
    /// <exception cref="ArchitectureException">The tensors are not those of a PAA detector.</exception>
    public static ModelOptions FromShapes(IReadOnlyDictionary<string, long[]> shapes)
    {
        var classCount = Size("bbox_head.atss_cls.weight", 0); // first: tells best whether this is a PAA detector at all
        var strides = Enumerable.Range(0, Count("bbox_head.scales.", ".scale")).Select(i => 8 << i).ToArray();
        var stackedConvs = Count("bbox_head.cls_convs.", ".conv.weight");
        return new ModelOptions
        {
            Backbone = Backbone(),
            Neck = new FeaturePyramidOptions
            {
                Channels = Size("neck.lateral_convs.0.conv.weight", 0),
                LevelCount = Count("neck.fpn_convs.", ".conv.weight"),
            },
            Head = new HeadOptions
            {
                ClassCount = classCount,
                TowerChannels = Size("bbox_head.atss_cls.weight", 1),
                TowerDepth = stackedConvs,
                DeformableLastConvolution = shapes.ContainsKey($"bbox_head.cls_convs.{stackedConvs - 1}.conv.conv_offset.weight"),
                Anchors = new AnchorOptions { Strides = strides },
            },
        };

        BackboneOptions Backbone()
        {
            var isBottleneck = shapes.ContainsKey("backbone.layer1.0.conv3.weight");
            int[] blocks = [.. Enumerable.Range(1, 4).Select(stage => Count($"backbone.layer{stage}.", ".conv1.weight"))];
            var depth = Depth(blocks, isBottleneck);
            var groupWidth = Size("backbone.layer1.0.conv2.weight", 1);
            var groups = isBottleneck ? Size("backbone.layer1.0.conv2.weight", 0) / Math.Max(groupWidth, 1) : 1;
            bool[] deformable = [.. Enumerable.Range(1, 4).Select(stage => shapes.ContainsKey(OffsetName(stage)))];
            var first = Array.IndexOf(deformable, true) + 1;                     // a stage, or 0
            return new BackboneOptions
            {
                Kind = groups > 1 ? BackboneKind.ResNeXt : BackboneKind.ResNet,
                Depth = depth,
                BaseChannels = Size("backbone.conv1.weight", 0),
                Groups = groups,
                BaseWidth = groups > 1 ? groupWidth : new BackboneOptions().BaseWidth,
                Norm = shapes.ContainsKey("backbone.gn1.weight") ? NormKind.GN : NormKind.BN,
                Deformable = first == 0
                    ? null
                    : new DeformableOptions { OffsetGroups = Size(OffsetName(first), 0) / OffsetChannels },
                DeformableStages = deformable,
            };
        }

        int Size(string name, int axis) => shapes.TryGetValue(name, out var shape) && shape.Length > axis
            ? (int)Math.Min(shape[axis], int.MaxValue)                          // the limits of a configuration are far below
            : throw new ArchitectureException(
                $"this is no PAA detector: it has no tensor {name} of at least {axis + 1} axes among its {shapes.Count}");

        // Tensors PREFIX0SUFFIX, PREFIX1SUFFIX, ... without a gap.
        int Count(string prefix, string suffix)
        {
            var count = 0;
            while (shapes.ContainsKey(string.Create(CultureInfo.InvariantCulture, $"{prefix}{count}{suffix}"))) count++;
            return count;
        }
    }

    static string OffsetName(int stage) =>
        string.Create(CultureInfo.InvariantCulture, $"backbone.layer{stage}.0.conv2.conv_offset.bias");

    static int Depth(int[] blocks, bool bottleneck)
    {
        foreach (var depth in (int[])[18, 34, 50, 101, 152])
        {
            var (expected, isBottleneck) = ResNet.Layout(depth);
            if (expected.SequenceEqual(blocks) && isBottleneck == bottleneck) return depth;
        }
        throw new ArchitectureException(
            $"its backbone is no ResNet-18, 34, 50, 101 or 152: the stages have {string.Join(", ", blocks)} " +
            (bottleneck ? "bottleneck blocks" : "basic blocks"));
    }
}
