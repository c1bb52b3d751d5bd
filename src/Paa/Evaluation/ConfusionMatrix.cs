using Paa.Boxes;
using Paa.Data;

namespace Paa.Evaluation;

/// <summary>
/// When a detection counts, and when it overlaps an object enough. The defaults are those of MMDetection's tool.
/// </summary>
public sealed record ConfusionOptions
{
    /// <summary>Detections with a lower score are left out.</summary>
    public double ScoreThreshold { get; init; } = 0.3;

    /// <summary>Minimum IoU for a detection to count for an object.</summary>
    public double IouThreshold { get; init; } = 0.5;
}

/// <summary>Counts which classes are confused: one row per true class, one column per predicted class.</summary>
/// <remarks>
/// <para>Counts as MMDetection's <c>tools/analysis_tools/confusion_matrix.py</c>. A detection counts for every object that it
/// overlaps enough, whatever its class, so an object can count several times. A detection that overlaps no object counts in the
/// last row, the background. An object that no detection of its own class overlaps enough counts in the last column, even if it
/// was taken for another class.</para>
/// <para>Crowds and boxes unfit for training are not counted as objects. Overlaps are computed in single precision.</para>
/// </remarks>
public sealed class ConfusionMatrix
{
    /// <summary>Name of the last row and column.</summary>
    public const string Background = "background";

    readonly int[] _counts;

    ConfusionMatrix(IReadOnlyList<string> classes)
    {
        Names = [.. classes, Background];
        _counts = new int[Names.Count * Names.Count];
    }

    /// <summary>Names of rows and columns: the classes in label order, then <see cref="Background"/>.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// How often a true class was predicted as a class. Indices are labels, or the number of classes for the background.
    /// </summary>
    /// <param name="truth">The row.</param>
    /// <param name="found">The column.</param>
    public int this[int truth, int found] => _counts[truth * Names.Count + found];

    /// <summary>Sum of a row.</summary>
    public int Total(int truth) => _counts.AsSpan(truth * Names.Count, Names.Count).ToArray().Sum();

    /// <summary>An entry as a fraction of its row, 0 to 1; NaN in an empty row.</summary>
    public double Share(int truth, int found) => (double)this[truth, found] / Total(truth);

    /// <summary>Counts the results of a data set.</summary>
    /// <param name="dataset">The ground truth.</param>
    /// <param name="results">Results in any order; those of unlisted categories are left out.</param>
    /// <param name="options">Thresholds; null for the defaults.</param>
    /// <param name="source">Name of the results in error messages.</param>
    /// <exception cref="DataException">A result names an image outside the data set.</exception>
    public static ConfusionMatrix Of(
        CocoDataset dataset, IReadOnlyList<CocoResult> results, ConfusionOptions? options = null, string source = "results")
    {
        options ??= new ConfusionOptions();
        var matrix = new ConfusionMatrix(dataset.Classes);
        var byImage = results.Where(result => result.Score >= options.ScoreThreshold)
            .ToLookup(result => IndexOf(dataset, result, source));
        for (var image = 0; image < dataset.Images.Count; image++)
            matrix.Add(dataset.Targets(image), byImage[image].Where(result => dataset.Label(result.CategoryId) >= 0)
                .Select(result => (ToBox(result), dataset.Label(result.CategoryId))), options.IouThreshold);
        return matrix;
    }

    void Add(Targets targets, IEnumerable<(Box Box, int Label)> detections, double iouThreshold)
    {
        var background = Names.Count - 1;
        var isFound = new bool[targets.Boxes.Length];
        foreach (var (box, label) in detections)
        {
            var meetsAny = false;
            for (var i = 0; i < targets.Boxes.Length; i++)
            {
                if (!(BoxOverlap.Iou(box, targets.Boxes[i]) >= iouThreshold)) continue;
                meetsAny = true;
                isFound[i] |= targets.Labels[i] == label;
                Count(targets.Labels[i], label);
            }
            if (!meetsAny) Count(background, label);
        }
        for (var i = 0; i < isFound.Length; i++)
            if (!isFound[i]) Count(targets.Labels[i], background);
    }

    void Count(int truth, int found) => _counts[truth * Names.Count + found]++;

    static int IndexOf(CocoDataset dataset, CocoResult result, string source)
    {
        var index = dataset.ImageIndex(result.ImageId);
        return index >= 0 ? index : throw new DataException(source, $"a result is for image {result.ImageId}, which is not in "
            + $"{string.Join(", ", dataset.AnnotationFiles)}. Do both files belong to the same data set?");
    }

    static Box ToBox(CocoResult result) =>
        new((float)result.X, (float)result.Y, (float)(result.X + result.Width), (float)(result.Y + result.Height));
}
