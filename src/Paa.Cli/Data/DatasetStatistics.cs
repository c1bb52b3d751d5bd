using Paa.Assignment;
using Paa.Boxes;
using Paa.Data;
using Paa.Options;

namespace Paa.Cli.Data;

/// <summary>Counts of one class.</summary>
/// <param name="Name">The class.</param>
/// <param name="Images">Images that have a box of it.</param>
/// <param name="Boxes">Usable boxes, crowds left out.</param>
/// <param name="Small">Of these, with an area below 32 x 32.</param>
/// <param name="Medium">From 32 x 32, below 96 x 96.</param>
/// <param name="Large">From 96 x 96 on.</param>
/// <param name="MedianSide">Median of the square root of the area, in pixels of the file.</param>
sealed record ClassStatistics(string Name, int Images, int Boxes, int Small, int Medium, int Large, double MedianSide);

/// <summary>What a data set consists of.</summary>
/// <param name="Images">Images of the files.</param>
/// <param name="EmptyImages">Images without a usable box.</param>
/// <param name="Boxes">Usable boxes, crowds left out.</param>
/// <param name="Crowds">Usable crowd boxes.</param>
/// <param name="UnusableBoxes">Boxes that training leaves out.</param>
/// <param name="MaxBoxesPerImage">The most usable boxes in one image.</param>
/// <param name="BoxesPerImage">Usable boxes of an image.</param>
/// <param name="BoxRatios">Width over height of the usable boxes.</param>
/// <param name="Anchors">How well the anchors fit the boxes.</param>
/// <param name="Sizes">Sizes of the images as width x height with their counts, the most frequent first.</param>
/// <param name="Classes">One entry a class, in label order.</param>
sealed record DatasetStatistics(
    int Images, int EmptyImages, int Boxes, int Crowds, int UnusableBoxes, int MaxBoxesPerImage,
    Quantiles BoxesPerImage, Quantiles BoxRatios, AnchorStatistics Anchors,
    IReadOnlyList<KeyValuePair<string, int>> Sizes, IReadOnlyList<ClassStatistics> Classes)
{
    const double SmallArea = 32 * 32;
    const double MediumArea = 96 * 96;

    /// <summary>Counts a data set.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="config">Its training scale and anchors are compared with the boxes.</param>
    public static DatasetStatistics Of(CocoDataset dataset, PaaConfig config)
    {
        var sides = dataset.Classes.Select(_ => new List<double>()).ToArray();       // of each class, one a box
        var imagesOfClass = new int[sides.Length];
        int empty = 0, crowds = 0, unusable = 0;
        var (perImage, ratios) = (new List<double>(), new List<double>());
        for (var image = 0; image < dataset.Images.Count; image++)
        {
            var labels = new List<int>();
            foreach (var annotation in dataset.Annotations(image))
            {
                if (!annotation.IsUsable) unusable++;
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
        return new DatasetStatistics(dataset.Images.Count, empty, sides.Sum(list => list.Count), crowds, unusable,
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

/// <summary>Where a list of numbers lies; all 0 for an empty list.</summary>
/// <param name="P5">5 % are below.</param>
/// <param name="Median">Half are below.</param>
/// <param name="P95">95 % are below.</param>
/// <param name="Max">The largest.</param>
sealed record Quantiles(double P5, double Median, double P95, double Max)
{
    const int Digits = 3;

    /// <summary>Of numbers in any order.</summary>
    public static Quantiles Of(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted.Length == 0 ? new Quantiles(0, 0, 0, 0) : new Quantiles(At(0.05), At(0.5), At(0.95), At(1));

        double At(double share) => Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))], Digits);
    }
}
