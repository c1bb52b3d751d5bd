using Paa.Boxes;
using Paa.Data;

namespace Paa.Training.Recipes;

/// <summary>What a recipe needs to know of a training set.</summary>
public sealed record DataSurvey
{
    /// <summary>One entry per class, in label order.</summary>
    public required IReadOnlyList<SurveyedClass> Classes { get; init; }

    /// <summary>Size and usable boxes of every image.</summary>
    public required IReadOnlyList<SurveyedImage> Images { get; init; }

    /// <summary>Number of usable boxes.</summary>
    public int BoxCount => Images.Sum(image => image.Boxes.Length);

    /// <summary>Number of images without a usable box.</summary>
    public int EmptyCount => Images.Count(image => image.Boxes.Length == 0);

    /// <summary>Number of images without any annotation; others without a usable box have crowds or broken boxes.</summary>
    public int BackgroundCount => Images.Count(image => image.IsBackground);

    /// <summary>The largest number of boxes on one image.</summary>
    public int MostBoxes => Images.Max(image => image.Boxes.Length);

    /// <summary>Medians of the longer and of the shorter side of the images, in pixels.</summary>
    public (int Long, int Short) MedianImage =>
        ((int)Statistics.Quantile(Images.Select(image => (double)image.LongSide), 0.5),
            (int)Statistics.Quantile(Images.Select(image => (double)Math.Min(image.Size.Width, image.Size.Height)), 0.5));

    /// <summary>Surveys a data set.</summary>
    /// <param name="dataset">The training set.</param>
    public static DataSurvey Of(CocoDataset dataset)
    {
        var images = new List<SurveyedImage>(dataset.Images.Count);
        var sides = dataset.Classes.Select(_ => new List<double>()).ToArray();          // one list per class
        var imageCounts = new int[sides.Length];
        for (var i = 0; i < dataset.Images.Count; i++)
        {
            var targets = dataset.Targets(i);
            var image = new SurveyedImage(dataset.Images[i].Size, targets.Boxes, targets.Labels)
            {
                IsBackground = dataset.Annotations(i).IsEmpty,
            };
            images.Add(image);
            foreach (var (box, label) in targets.Boxes.Zip(targets.Labels)) sides[label].Add(image.RelativeSide(box));
            foreach (var label in targets.Labels.Distinct()) imageCounts[label]++;
        }
        return new DataSurvey
        {
            Images = images,
            Classes = [.. dataset.Classes.Select((name, label) => new SurveyedClass(
                name, imageCounts[label], sides[label].Count, Statistics.Quantile(sides[label], 0.5)))],
        };
    }

    /// <summary>Sides of the boxes (roots of their areas) as fractions of the longer side of their image.</summary>
    public IEnumerable<double> RelativeSides() => Images.SelectMany(image => image.Boxes.Select(image.RelativeSide));
}

/// <summary>A class of a survey.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Images">Number of images that have it.</param>
/// <param name="Boxes">Number of its boxes.</param>
/// <param name="MedianSide">Median of the roots of their areas, as a fraction of the longer side of the image.</param>
public sealed record SurveyedClass(string Name, int Images, int Boxes, double MedianSide);

/// <summary>An image of a survey.</summary>
/// <param name="Size">Its size in pixels.</param>
/// <param name="Boxes">Its usable boxes in pixels.</param>
/// <param name="Labels">Their classes.</param>
public sealed record SurveyedImage(ImageSize Size, Box[] Boxes, int[] Labels)
{
    /// <summary>Whether it has no annotation at all.</summary>
    public bool IsBackground { get; init; }

    /// <summary>The longer side in pixels.</summary>
    public int LongSide => Math.Max(Size.Width, Size.Height);

    /// <summary>The root of a box's area as a fraction of the longer side.</summary>
    public double RelativeSide(Box box) => Math.Sqrt((double)(box.X2 - box.X1) * (box.Y2 - box.Y1)) / LongSide;
}

/// <summary>Quantiles for recipes.</summary>
static class Statistics
{
    /// <summary>The smallest number that a share of the numbers does not exceed; 0 for no numbers.</summary>
    public static double Quantile(IEnumerable<double> numbers, double share)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted.Length == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
