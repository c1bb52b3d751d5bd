using Paa.Assignment;
using Paa.Boxes;
using Paa.Data;
using Paa.Options;

namespace Paa.Cli.Data;

/// <summary>Counts of one class.</summary>
/// <param name="Name">The class.</param>
/// <param name="Images">Number of images with a box of this class.</param>
/// <param name="Boxes">Number of usable boxes, without crowds.</param>
/// <param name="Small">Number of these with an area below 32 x 32.</param>
/// <param name="Medium">Number with an area from 32 x 32 to below 96 x 96.</param>
/// <param name="Large">Number with an area of at least 96 x 96.</param>
/// <param name="MedianSide">Median of the square root of the area, in pixels of the file.</param>
sealed record ClassStatistics(string Name, int Images, int Boxes, int Small, int Medium, int Large, double MedianSide);

/// <summary>Statistics of a data set.</summary>
/// <param name="Images">Number of images in the files.</param>
/// <param name="EmptyImages">Number of images without a usable box.</param>
/// <param name="Boxes">Number of usable boxes, without crowds.</param>
/// <param name="Crowds">Number of usable crowd boxes.</param>
/// <param name="UnusableBoxes">
/// Number of boxes that training leaves out because they are degenerate or outside their image.
/// </param>
/// <param name="IgnoredBoxes">Number of boxes that say <c>"ignore": 1</c>; training leaves them out.</param>
/// <param name="MaxBoxesPerImage">Largest number of usable boxes in one image.</param>
/// <param name="BoxesPerImage">Number of usable boxes per image.</param>
/// <param name="BoxRatios">Width over height of the usable boxes.</param>
/// <param name="Anchors">How well the anchors cover the boxes.</param>
/// <param name="Sizes">Image sizes as width x height with their counts, the most frequent first.</param>
/// <param name="Classes">One entry per class, in label order.</param>
sealed record DatasetStatistics(
    int Images, int EmptyImages, int Boxes, int Crowds, int UnusableBoxes, int IgnoredBoxes, int MaxBoxesPerImage,
    Quantiles BoxesPerImage, Quantiles BoxRatios, AnchorStatistics Anchors,
    IReadOnlyList<KeyValuePair<string, int>> Sizes, IReadOnlyList<ClassStatistics> Classes)
{
    const double SmallArea = 32 * 32;
    const double MediumArea = 96 * 96;

    /// <summary>Computes the statistics of a data set.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="config">Supplies the training scale and the anchors that the boxes are compared with.</param>
    public static DatasetStatistics Of(CocoDataset dataset, PaaConfig config)
    {
        var sides = dataset.Classes.Select(_ => new List<double>()).ToArray();       // one list per class, one value per box
        var imagesOfClass = new int[sides.Length];
        int empty = 0, crowds = 0, unusable = 0, ignored = 0;
        var (perImage, ratios) = (new List<double>(), new List<double>());
        for (var image = 0; image < dataset.Images.Count; image++)
        {
            var labels = new List<int>();
            foreach (var annotation in dataset.Annotations(image))
            {
                if (annotation.IsIgnored) ignored++;
                else if (!annotation.IsUsable) unusable++;
                else if (annotation.IsCrowd) crowds++;
                else
                {
                    labels.Add(annotation.Label);
                    sides[annotation.Label].Add(Math.Sqrt(annotation.Area));
                    ratios.Add(annotation.Width / annotation.Height);
                }
            }
            foreach (var label in labels.Distinct()) imagesOfClass[label]++;
            if (labels.Count == 0) empty++;
            perImage.Add(labels.Count);
        }
        var sizes = dataset.Images.CountBy(image => $"{image.Width}x{image.Height}").OrderByDescending(size => size.Value);
        var classes = dataset.Classes.Select((name, label) => OfClass(name, imagesOfClass[label], sides[label]));
        return new DatasetStatistics(dataset.Images.Count, empty, sides.Sum(list => list.Count), crowds, unusable, ignored,
            (int)perImage.Max(), Quantiles.Of(perImage), Quantiles.Of(ratios), AnchorStatistics.Of(dataset, config),
            [.. sizes], [.. classes]);
    }

    static ClassStatistics OfClass(string name, int images, List<double> sides)
    {
        sides.Sort();
        var small = sides.Count(side => side * side < SmallArea);
        var large = sides.Count(side => side * side >= MediumArea);
        var median = sides.Count == 0 ? 0 : sides[sides.Count / 2];
        return new ClassStatistics(name, images, sides.Count, small, sides.Count - small - large, large, Math.Round(median, 1));
    }
}

/// <summary>How well the anchors of a configuration cover the boxes of a data set.</summary>
/// <param name="Scale">Long and short side of the training scale; the largest if there are several.</param>
/// <param name="BestIou">The highest IoU of a box with an anchor, over all usable boxes.</param>
/// <param name="Threshold">The lowest IoU at which an anchor is a candidate.</param>
/// <param name="UncoveredShare">
/// Fraction of boxes whose best IoU is below the threshold; that best anchor is their only candidate.
/// </param>
sealed record AnchorStatistics(string Scale, Quantiles BestIou, double Threshold, double UncoveredShare)
{
    const int Digits = 4;

    /// <summary>Compares boxes, resized as in training, with the anchors.</summary>
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

/// <summary>Quantiles of a list of numbers; all 0 for an empty list.</summary>
/// <param name="P5">The 5 % quantile.</param>
/// <param name="Median">The median.</param>
/// <param name="P95">The 95 % quantile.</param>
/// <param name="Max">The largest number.</param>
sealed record Quantiles(double P5, double Median, double P95, double Max)
{
    const int Digits = 3;

    /// <summary>Computes the quantiles of numbers in any order.</summary>
    public static Quantiles Of(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted.Length == 0 ? new Quantiles(0, 0, 0, 0) : new Quantiles(At(0.05), At(0.5), At(0.95), At(1));

        double At(double share) => Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))], Digits);
    }
}
