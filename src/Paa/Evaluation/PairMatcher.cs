using System.Runtime.InteropServices;
using Paa.Boxes;
using Paa.Data;

namespace Paa.Evaluation;

/// <summary>
/// Matches the detections of one image and category with its objects, for all IoU thresholds and area ranges at once.
/// </summary>
/// <remarks>
/// <para>The greedy matching of <c>COCOeval.evaluateImg</c>. Thresholds are bits 0..9 of a mask. Only pairs whose IoU reaches the
/// lowest threshold are visited; others can neither match nor end the search.</para>
/// <para>One instance serves one thread: it holds scratch memory.</para>
/// </remarks>
sealed class PairMatcher(CocoTable table)
{
    /// <summary>Shift of the false positives in a mask; true positives start at bit 0.</summary>
    public const int FalsePositives = 16;

    static readonly int ThresholdCount = CocoParameters.IouThresholds.Length;
    static readonly uint EveryThreshold = (1u << ThresholdCount) - 1;
    static readonly double[] Best = [.. CocoParameters.IouThresholds.Select(threshold => Math.Min(threshold, 1 - 1e-10))];

    readonly record struct Overlap(int Object, double Iou);

    readonly List<Overlap> _overlaps = [];      // for every detection, objects in file order
    int[] _overlapStarts = [];                  // start for each detection, then the end
    uint[] _taken = [];                         // per object: thresholds at which it is matched
    bool[] _ignored = [];                       // per object, for the current area range

    /// <summary>Matches the detections and objects of one pair.</summary>
    /// <param name="pair">An entry of the table.</param>
    /// <param name="outcomes">
    /// [A, all detections of the table]: true positives from bit 0, false positives from bit 16, one bit per threshold; a
    /// detection that is neither is ignored.
    /// </param>
    /// <param name="objectCounts">[K, A]: the number of objects to find is added.</param>
    public void Match(CocoTable.Pair pair, uint[] outcomes, int[] objectCounts)
    {
        var objects = table.Objects.AsSpan(pair.ObjectStart..pair.ObjectEnd);
        var detections = table.Detections.AsSpan(pair.DetectionStart..pair.DetectionEnd);
        FindOverlaps(objects, detections);
        Array.Resize(ref _taken, Math.Max(_taken.Length, objects.Length));
        Array.Resize(ref _ignored, Math.Max(_ignored.Length, objects.Length));
        var areas = CocoParameters.Areas;
        for (var a = 0; a < areas.Length; a++)
        {
            var (_, low, high) = areas[a];
            var count = 0;
            for (var g = 0; g < objects.Length; g++)
            {
                _taken[g] = 0;
                _ignored[g] = objects[g].IsCrowd || objects[g].Area < low || objects[g].Area > high;
                if (!_ignored[g]) count++;
            }
            if (count > 0) Interlocked.Add(ref objectCounts[pair.Category * areas.Length + a], count);
            var outcome = outcomes.AsSpan(a * table.Detections.Length + pair.DetectionStart, detections.Length);
            for (var d = 0; d < detections.Length; d++)
            {
                var (matched, ignored) = MatchDetection(d, objects);
                var area = detections[d].Width * detections[d].Height;
                if (area < low || area > high) ignored |= ~matched;
                outcome[d] = (matched & ~ignored) | ((EveryThreshold & ~matched & ~ignored) << FalsePositives);
            }
        }
    }

    /// <summary>The thresholds at which a detection is matched, and those at which it is ignored because its match is.</summary>
    (uint Matched, uint Ignored) MatchDetection(int detection, ReadOnlySpan<CocoAnnotation> objects)
    {
        var overlaps = CollectionsMarshal.AsSpan(_overlaps)
            [_overlapStarts[detection].._overlapStarts[detection + 1]];
        if (overlaps.IsEmpty) return default;
        uint matched = 0, ignored = 0;
        for (var t = 0; t < ThresholdCount; t++)
        {
            var bit = 1u << t;
            // Objects that count come first, however large the overlap with ignored ones.
            var found = FindBest(overlaps, objects, t, bit, ignored: false);
            if (found < 0) found = FindBest(overlaps, objects, t, bit, ignored: true);
            if (found < 0) continue;
            _taken[found] |= bit;
            if (objects[found].Id != 0) matched |= bit;     // pycocotools reads id 0 as "no match"
            if (_ignored[found]) ignored |= bit;
        }
        return (matched, ignored);
    }

    int FindBest(ReadOnlySpan<Overlap> overlaps, ReadOnlySpan<CocoAnnotation> objects, int threshold, uint bit, bool ignored)
    {
        var best = Best[threshold];
        var found = -1;
        foreach (var (g, iou) in overlaps)
        {
            if (_ignored[g] != ignored || iou < best) continue;
            if ((_taken[g] & bit) != 0 && !objects[g].IsCrowd) continue;
            (best, found) = (iou, g);                       // on equal IoU the later object wins
        }
        return found;
    }

    void FindOverlaps(ReadOnlySpan<CocoAnnotation> objects, ReadOnlySpan<CocoResult> detections)
    {
        _overlaps.Clear();
        Array.Resize(ref _overlapStarts, Math.Max(_overlapStarts.Length, detections.Length + 1));
        for (var d = 0; d < detections.Length; d++)
        {
            _overlapStarts[d] = _overlaps.Count;
            var detection = detections[d].Xywh;
            for (var g = 0; g < objects.Length; g++)
            {
                var iou = BoxOverlap.CocoIou(detection, objects[g].Xywh, objects[g].IsCrowd);
                if (iou >= Best[0]) _overlaps.Add(new(g, iou));
            }
        }
        _overlapStarts[detections.Length] = _overlaps.Count;
    }
}
