using Paa.Assignment;
using Paa.Boxes;
using Paa.Configuration;
using Paa.Data;
using Paa.Options;

namespace Paa.Cli.Data;

/// <summary>How well the anchors of a configuration fit the boxes of a data set.</summary>
/// <param name="Scale">Long and short side of the training scale; the largest of several.</param>
/// <param name="BestIou">The highest IoU of a box with an anchor, over all usable boxes.</param>
/// <param name="Threshold">The IoU from which on an anchor is a candidate.</param>
/// <param name="UncoveredShare">Share of the boxes whose best IoU is below it: that best anchor is their only candidate.</param>
sealed record AnchorStatistics(string Scale, Quantiles BestIou, double Threshold, double UncoveredShare)
{
    const int Digits = 4;

    /// <summary>Compares boxes, resized as for training, with the anchors.</summary>
    public static AnchorStatistics Of(CocoDataset dataset, PaaConfig config)
    {
        var scale = config.Data.Train.Scales.Select(sides => ImageScale.From(sides))
            .MaxBy(sides => (long)sides.LongSide * sides.ShortSide);
        var coverage = new AnchorCoverage(config.Model.Head.Anchors);
        var best = new List<double>();
        for (var i = 0; i < dataset.Images.Count; i++)
        {
            var geometry = ImageGeometry.Fit(dataset.Images[i].Size, scale, config.Data.SizeDivisor);
            Box[] boxes = Array.ConvertAll(dataset.Targets(i).Boxes, geometry.ToInput);
            if (boxes.Length > 0) best.AddRange(coverage.BestIous(geometry.PadShape, boxes).Select(iou => (double)iou));
        }
        var threshold = Math.Round(config.Model.Assignment.Matcher.PositiveIouThreshold, Digits);
        var uncovered = best.Count == 0 ? 0 : (double)best.Count(iou => iou < threshold) / best.Count;
        return new AnchorStatistics(
            $"{scale.LongSide}x{scale.ShortSide}", Quantiles.Of(best), threshold, Math.Round(uncovered, Digits));
    }
}
