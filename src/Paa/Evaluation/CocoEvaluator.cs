using System.Collections.Concurrent;
using Paa.Data;

namespace Paa.Evaluation;

/// <summary>COCO's box metrics, equal to pycocotools.</summary>
/// <remarks>
/// <para>Axes: T IoU thresholds (10), R recall points (101), K categories by ascending id, A area ranges (all, small, medium,
/// large), M limits on the number of detections (1, 10, 100, or others). Their values are in <see cref="CocoParameters"/>.</para>
/// <para>As in pycocotools, an object's own area decides its range, an annotation's <c>ignore</c> field has no effect, an
/// annotation with id 0 turns the detection matched with it into a false positive, and results of unlisted categories are left
/// out. Unlike pycocotools, an empty list of results is not an error: figures are then 0 where objects exist, as pycocotools
/// gives them for a class of which nothing was found, and -1, "no value", where none do.</para>
/// </remarks>
public static class CocoEvaluator
{
    /// <summary>Compares results with a data set.</summary>
    /// <param name="dataset">The ground truth. Its classes are evaluated; boxes unfit for training count as well.</param>
    /// <param name="results">Results in any order; those of equal score keep it.</param>
    /// <param name="source">Name of the results in error messages.</param>
    /// <param name="limits">
    /// Three positive limits on the number of detections, in any order; null for 1, 10 and 100. AP is taken at 100 where that is
    /// one of them, every other precision at the largest.
    /// </param>
    /// <exception cref="DataException">A result names an image outside the data set.</exception>
    public static CocoMetrics Evaluate(
        CocoDataset dataset, ReadOnlySpan<CocoResult> results, string source = "results", IReadOnlyList<int>? limits = null)
    {
        int[] sorted = [.. (limits ?? CocoParameters.MaxDetections).Order()];
        if (sorted.Length != 3 || sorted[0] < 1)
            throw new ArgumentException($"CocoEvaluator: 3 positive limits expected, got [{string.Join(", ", sorted)}].");
        var table = new CocoTable(dataset, results, source, sorted[^1]);
        var (categoryCount, areaCount) = (table.CategoryIds.Length, CocoParameters.Areas.Length);
        var objectCounts = new int[categoryCount * areaCount];                  // [K, A]
        var outcomes = new uint[areaCount * table.Detections.Length];           // [A, detections]
        const int Chunk = 256;
        if (table.Pairs.Length > 0)
            Parallel.ForEach(Partitioner.Create(0, table.Pairs.Length, Chunk), range =>
            {
                var matcher = new PairMatcher(table);
                for (var i = range.Item1; i < range.Item2; i++) matcher.Match(table.Pairs[i], outcomes, objectCounts);
            });
        var metrics = new CocoMetrics(dataset, table.CategoryIds, sorted, objectCounts, results.Length);
        Parallel.For(0, categoryCount, k => Accumulate(table, k, outcomes, objectCounts, metrics));
        metrics.Summarize();
        return metrics;
    }

    /// <summary>Computes precision and recall of one category.</summary>
    static void Accumulate(CocoTable table, int category, uint[] outcomes, int[] objectCounts, CocoMetrics metrics)
    {
        var pairs = table.Pairs.AsSpan(table.PairStarts[category]..table.PairStarts[category + 1]);
        if (pairs.IsEmpty) return;
        var (start, end) = (pairs[0].DetectionStart, pairs[^1].DetectionEnd);
        var order = new int[end - start];
        var rank = new int[end - start];            // rank of each detection within its image
        var scores = new double[end - start];
        foreach (var pair in pairs)
            for (var i = pair.DetectionStart; i < pair.DetectionEnd; i++)
            {
                var place = i - start;
                (order[place], rank[place], scores[place]) = (place, i - pair.DetectionStart, table.Detections[i].Score);
            }
        ScoreOrder.SortDescending(scores, order);

        var curve = new PrecisionRecall();
        var sorted = new uint[order.Length];
        Span<double> sampled = stackalloc double[CocoParameters.RecallPoints.Length];
        for (var a = 0; a < CocoParameters.Areas.Length; a++)
        {
            var objectCount = objectCounts[category * CocoParameters.Areas.Length + a];
            if (objectCount == 0) continue;
            var ofArea = outcomes.AsSpan(a * table.Detections.Length + start, order.Length);
            for (var m = 0; m < metrics.Limits.Count; m++)
            {
                var count = 0;
                foreach (var i in order)
                    if (rank[i] < metrics.Limits[m]) sorted[count++] = ofArea[i];
                for (var t = 0; t < CocoParameters.IouThresholds.Length; t++)
                {
                    var recall = curve.Compute(sorted.AsSpan(0, count), t, objectCount, sampled);
                    metrics.Set(t, category, a, m, sampled, recall);
                }
            }
        }
    }
}
