using Paa.Assignment;
using Paa.Boxes;
using Paa.Data;
using Paa.Options;

namespace Paa.Training.Recipes;

/// <summary>The size to which images are resized.</summary>
/// <param name="LongSide">Limit of the longer side in pixels: that of the images, or a multiple of the size divisor.</param>
/// <param name="ShortSide">Limit of the shorter side.</param>
/// <param name="SmallSide">Side of the small objects at this size, in pixels.</param>
/// <param name="IsLimitedByTime">Whether small objects would need a larger one, for which there is no time.</param>
/// <param name="SmallestClass">The class whose median decided; null: the small ones of all boxes did.</param>
sealed record InputSize(int LongSide, int ShortSide, double SmallSide, bool IsLimitedByTime, string? SmallestClass)
{
    const int Divisor = 32;
    const double Slack = 0.1;           // by which the side may change for less padding, or to leave images as they are

    /// <summary>Chooses the size: small objects get enough pixels, if there is time for them.</summary>
    /// <param name="survey">The training set.</param>
    /// <param name="secondsOf">Time of a training step for one image of a size.</param>
    /// <param name="secondsPerImage">Time that there is for it.</param>
    /// <param name="bounds">Of the longer side.</param>
    /// <param name="numbers">What is small, and how far to go.</param>
    public static InputSize Choose(DataSurvey survey, Func<ImageSize, double> secondsOf, double secondsPerImage,
        (int Least, int Most) bounds, RecipeNumbers numbers)
    {
        var (imageLong, imageShort) = survey.MedianImage;
        var ratio = (double)imageShort / imageLong;
        var small = Statistics.Quantile(survey.RelativeSides(), numbers.SmallShare);
        var smallest = survey.Classes.Where(one => one.Boxes >= numbers.CountingClass).MinBy(one => one.MedianSide);
        if (smallest?.MedianSide >= small) smallest = null;
        small = smallest?.MedianSide ?? small;

        var enlarged = imageLong * numbers.MostEnlargement;
        var ideal = numbers.SmallObjectSide / small;
        var wanted = Math.Clamp(ideal, Math.Min(bounds.Least, enlarged), Math.Min(bounds.Most, enlarged));
        var affordable = wanted * Math.Sqrt(secondsPerImage / secondsOf(Size(wanted)));
        var isLimited = affordable < wanted;
        var side = isLimited ? Math.Min(wanted, Math.Max(numbers.ShortOfTimeSide, affordable)) : wanted;
        var best = Math.Abs(imageLong - side) <= Slack * side ? imageLong
            : Candidates(side).MinBy(candidate => (Padding(candidate), Math.Abs(candidate - side)));
        return new InputSize(best, Size(best).Height, small * best, isLimited && best < ideal, smallest?.Name);

        ImageSize Size(double side) => new(Math.Max(1, (int)Math.Round(side * ratio)), (int)Math.Round(side));

        static IEnumerable<int> Candidates(double side)
        {
            var nearest = Math.Max(1, (int)Math.Round(side / Divisor)) * Divisor;
            return Enumerable.Range(1, (int)(side * 2) / Divisor + 1).Select(i => i * Divisor)
                .Where(candidate => candidate == nearest || Math.Abs(candidate - side) <= Slack * side);
        }

        // Padded over own height, in steps that matter.
        double Padding(int candidate)
        {
            var height = Size(candidate).Height;
            return Math.Round(20.0 * ((height + Divisor - 1) / Divisor * Divisor) / height);
        }
    }
}

/// <summary>Strides and size of the anchors, and how well they cover the boxes.</summary>
/// <param name="Scale">Side of an anchor in strides.</param>
/// <param name="LevelCount">Number of levels; the finest has a stride of 8.</param>
/// <param name="MeanIou">IoU of a box with its best anchor: the mean over the classes of the mean over their boxes, because AP
/// weighs classes alike.</param>
/// <param name="UncoveredShare">Share of the boxes with no anchor above the threshold of candidates.</param>
sealed record AnchorChoice(double Scale, int LevelCount, double MeanIou, double UncoveredShare)
{
    const int FinestStride = 8;
    const int MaxImages = 150;          // enough to tell settings apart

    /// <summary>Strides of the levels in pixels, finest first.</summary>
    public int[] Strides => StridesOf(LevelCount);

    /// <summary>Sides of the anchors in pixels, finest level first.</summary>
    public IEnumerable<double> Sides => Strides.Select(stride => stride * Scale);

    /// <summary>Chooses the setting whose anchors fit the boxes best.</summary>
    public static AnchorChoice Choose(DataSurvey survey, ImageScale scale, double threshold, RecipeNumbers numbers)
    {
        var settings = numbers.LevelCounts
            .Where((levels, i) => i == 0 || 2 * StridesOf(levels)[^1] <= scale.LongSide)
            .SelectMany(levels => numbers.AnchorScales.OrderDescending().Select(size => (levels, size)))
            .Select(setting => Measure(survey, scale, setting.size, setting.levels, threshold)).ToList();
        var best = settings.Max(Value);
        return settings.First(setting => Value(setting) >= best - numbers.AnchorTolerance);

        static double Value(AnchorChoice setting) => setting.MeanIou - setting.UncoveredShare;
    }

    /// <summary>Compares boxes, resized as in training, with the anchors of a setting.</summary>
    public static AnchorChoice Measure(DataSurvey survey, ImageScale scale, double size, int levels, double threshold)
    {
        const int divisor = 32;
        var coverage = new AnchorCoverage(new AnchorOptions { Scale = size, Strides = StridesOf(levels) });
        var images = survey.Images.Where(image => image.Boxes.Length > 0).ToList();
        var step = Math.Max(1, images.Count / MaxImages);
        var ious = new List<(int Label, float Iou)>();
        foreach (var image in images.Where((_, i) => i % step == 0))
        {
            var geometry = ImageGeometry.Fit(image.Size, scale, divisor);
            ious.AddRange(image.Labels.Zip(
                coverage.BestIous(geometry.PadShape, Array.ConvertAll(image.Boxes, geometry.ToInput))));
        }
        return new AnchorChoice(size, levels, ious.GroupBy(box => box.Label).Average(boxes => boxes.Average(box => box.Iou)),
            (double)ious.Count(box => box.Iou < threshold) / ious.Count);
    }

    static int[] StridesOf(int levels) => [.. Enumerable.Range(0, levels).Select(level => FinestStride << level)];
}
