using Paa.Data;

namespace Paa.Evaluation;

/// <summary>The result of an evaluation; -1 stands for "no value", as in pycocotools.</summary>
/// <remarks>Axes: T thresholds, R recall points, K categories by ascending id, A area ranges, M detection limits.</remarks>
public sealed class CocoMetrics
{
    static readonly int T = CocoParameters.IouThresholds.Length;
    static readonly int R = CocoParameters.RecallPoints.Length;
    static readonly int A = CocoParameters.Areas.Length;

    readonly CocoDataset _dataset;
    readonly int[] _objectCounts;       // [K, A]
    readonly int _categoryCount;

    internal CocoMetrics(CocoDataset dataset, long[] categoryIds, int[] limits, int[] objectCounts, int detectionCount)
    {
        (_dataset, _objectCounts, _categoryCount) = (dataset, objectCounts, categoryIds.Length);
        (CategoryIds, Limits) = (categoryIds, limits);
        DetectionCount = detectionCount;
        Precision = new double[T * R * _categoryCount * A * M];
        Recall = new double[T * _categoryCount * A * M];
        Precision.AsSpan().Fill(-1);
        Recall.AsSpan().Fill(-1);
    }

    /// <summary>Category ids, ascending, along axis K.</summary>
    public IReadOnlyList<long> CategoryIds { get; }

    /// <summary>Limits on the number of detections of an image and category, ascending, along axis M.</summary>
    public IReadOnlyList<int> Limits { get; }

    /// <summary>Names of <see cref="Stats"/>.</summary>
    public IReadOnlyList<string> StatNames => CocoParameters.StatNames(Limits);

    /// <summary>The limit of each of <see cref="Stats"/>.</summary>
    public IReadOnlyList<int> StatLimits => [Limits[ApLimit], .. Enumerable.Repeat(Limits[^1], 5), .. Limits,
        .. Enumerable.Repeat(Limits[^1], 3)];

    /// <summary>Number of images in the data set.</summary>
    public int ImageCount => _dataset.Images.Count;

    /// <summary>Number of results evaluated.</summary>
    public int DetectionCount { get; }

    /// <summary>Precision, [T, R, K, A, M] in row order.</summary>
    public double[] Precision { get; }

    /// <summary>Recall, [T, K, A, M] in row order.</summary>
    public double[] Recall { get; }

    /// <summary>The twelve figures, named by <see cref="StatNames"/>.</summary>
    public double[] Stats { get; private set; } = [];

    /// <summary>
    /// Mean precision over IoU 0.5 to 0.95, the figure by which detectors are compared: at 100 detections, as in pycocotools, or
    /// at the largest limit where 100 is none of them (pycocotools then has no value).
    /// </summary>
    public double AP => Stats[0];

    /// <summary>Mean precision at IoU 0.5.</summary>
    public double AP50 => Stats[1];

    /// <summary>The figures of each category, by ascending category id.</summary>
    public IReadOnlyList<ClassMetrics> Classes { get; private set; } = [];

    internal void Set(int t, int k, int a, int m, ReadOnlySpan<double> precision, double recall)
    {
        for (var r = 0; r < R; r++) Precision[PrecisionIndex(t, r, k, a, m)] = precision[r];
        Recall[RecallIndex(t, k, a, m)] = recall;
    }

    internal void Summarize()
    {
        const int All = 0, Small = 1, Medium = 2, Large = 3;
        var last = M - 1;
        var (iou50, iou75) = (0..1, 5..6);
        Stats =
        [
            MeanPrecision(.., .., All, ApLimit), MeanPrecision(iou50, .., All, last), MeanPrecision(iou75, .., All, last),
            MeanPrecision(.., .., Small, last), MeanPrecision(.., .., Medium, last), MeanPrecision(.., .., Large, last),
            MeanRecall(.., All, 0), MeanRecall(.., All, 1), MeanRecall(.., All, last),
            MeanRecall(.., Small, last), MeanRecall(.., Medium, last), MeanRecall(.., Large, last),
        ];
        Classes = [.. CategoryIds.Select((id, k) => new ClassMetrics(_dataset.Label(id), id,
            _dataset.Classes[_dataset.Label(id)], MeanPrecision(.., k..(k + 1), All, last),
            MeanPrecision(iou50, k..(k + 1), All, last),
            MeanRecall(k..(k + 1), All, last), _objectCounts[k * A]))];
    }

    int M => Limits.Count;

    /// <summary>The index of 100 among the limits, or else the last.</summary>
    int ApLimit => Limits.Index().FirstOrDefault(
        limit => limit.Item == CocoParameters.UsualLimit, (Index: M - 1, Item: 0)).Index;

    /// <summary>Mean of all valid entries over thresholds, recall points and categories.</summary>
    double MeanPrecision(Range thresholds, Range categories, int area, int limit)
    {
        var values = new List<double>();
        foreach (var t in Indices(thresholds, T))
            for (var r = 0; r < R; r++)
                foreach (var k in Indices(categories, _categoryCount))
                    values.Add(Precision[PrecisionIndex(t, r, k, area, limit)]);
        return MeanOfValues(values);
    }

    double MeanRecall(Range categories, int area, int limit)
    {
        var values = new List<double>();
        for (var t = 0; t < T; t++)
            foreach (var k in Indices(categories, _categoryCount)) values.Add(Recall[RecallIndex(t, k, area, limit)]);
        return MeanOfValues(values);
    }

    int PrecisionIndex(int t, int r, int k, int a, int m) => (((t * R + r) * _categoryCount + k) * A + a) * M + m;

    int RecallIndex(int t, int k, int a, int m) => ((t * _categoryCount + k) * A + a) * M + m;

    static IEnumerable<int> Indices(Range range, int length)
    {
        var (start, count) = range.GetOffsetAndLength(length);
        return Enumerable.Range(start, count);
    }

    static double MeanOfValues(IEnumerable<double> values)
    {
        double[] present = [.. values.Where(value => value > -1)];
        return present.Length == 0 ? -1 : PairwiseSum.Of(present) / present.Length;
    }
}

/// <summary>Figures of one class; -1 stands for "no value".</summary>
/// <param name="Label">Its label in the data set.</param>
/// <param name="CategoryId">Its category id.</param>
/// <param name="Name">Its name.</param>
/// <param name="AP">Mean precision over IoU 0.5 to 0.95, all areas, the largest limit of detections.</param>
/// <param name="AP50">The same at IoU 0.5.</param>
/// <param name="AR">Mean recall over IoU 0.5 to 0.95, all areas, the largest limit of detections.</param>
/// <param name="ObjectCount">Number of objects to find, without crowds.</param>
public sealed record ClassMetrics(int Label, long CategoryId, string Name, double AP, double AP50, double AR, int ObjectCount);

/// <summary>Sums in NumPy's order, so that means agree with pycocotools to the last digit.</summary>
/// <remarks>Pairwise summation with eight running sums, <c>DOUBLE_pairwise_sum</c> in NumPy's <c>loops_utils.h</c>.</remarks>
static class PairwiseSum
{
    const int Block = 128;
    const int Lanes = 8;

    public static double Of(ReadOnlySpan<double> values)
    {
        if (values.Length < Lanes)
        {
            var sum = 0.0;
            foreach (var value in values) sum += value;
            return sum;
        }
        if (values.Length > Block)
        {
            var half = values.Length / 2 / Lanes * Lanes;
            return Of(values[..half]) + Of(values[half..]);
        }
        Span<double> lane = stackalloc double[Lanes];
        values[..Lanes].CopyTo(lane);
        var i = Lanes;
        for (; i <= values.Length - Lanes; i += Lanes)
            for (var j = 0; j < Lanes; j++) lane[j] += values[i + j];
        var total = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
        for (; i < values.Length; i++) total += values[i];
        return total;
    }
}
