using Paa.Assignment;
using Paa.Boxes;
using Paa.Options;

namespace Paa.Tests.Assignment;

/// <summary>
/// What a matcher says about every anchor: its owner as in <see cref="MaxIouMatcher.Decide"/>, and its highest IoU.
/// </summary>
sealed record MatchResult(int[] Owner, float[] MaxIou);

/// <summary>The matcher written down rule by rule, with a full matrix of overlaps.</summary>
static class NaiveMatcher
{
    public static MatchResult Match(MatcherOptions options, AnchorGrid grid, ImageSize padShape, Box[] boxes, Box[] ignored)
    {
        var valid = new bool[grid.Count];
        grid.ValidFlags(padShape, valid);
        var result = new MatchResult(new int[grid.Count], new float[grid.Count]);
        Array.Fill(result.Owner, -1);
        int[] anchors = [.. Enumerable.Range(0, grid.Count).Where(anchor => valid[anchor])];
        var iou = boxes.Select(box => anchors.Select(anchor => BoxOverlap.Iou(box, grid.Boxes[anchor])).ToArray()).ToArray();
        foreach (var (i, anchor) in anchors.Index())
        {
            if (boxes.Length == 0)
            {
                result.Owner[anchor] = 0;
                continue;
            }
            var coverage = ignored.Select(region => BoxOverlap.Iof(grid.Boxes[anchor], region)).DefaultIfEmpty().Max();
            if (options.IgnoreIofThreshold > 0 && coverage > options.IgnoreIofThreshold)
                foreach (var row in iou) row[i] = -1;
            var column = iou.Select(row => row[i]).ToArray();
            result.MaxIou[anchor] = column.Max();
            if (column.Max() >= 0 && column.Max() < options.NegativeIouThreshold) result.Owner[anchor] = 0;
            if (column.Max() >= options.PositiveIouThreshold) result.Owner[anchor] = Array.IndexOf(column, column.Max()) + 1;
        }
        if (!options.MatchLowQuality || anchors.Length == 0) return result;
        foreach (var (g, row) in iou.Index())
        {
            if (row.Max() < options.MinPositiveIou) continue;
            var ties = anchors.Where((_, i) => row[i] == row.Max());
            foreach (var anchor in options.AssignAllTies ? ties : ties.Take(1)) result.Owner[anchor] = g + 1;
        }
        return result;
    }
}
