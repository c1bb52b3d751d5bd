using System.Numerics;
using Paa.Boxes;

namespace Paa.Inference;

/// <summary>Moves each kept box to the mean of the candidates of its class around it, weighted by score and IoU.</summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, section 3.3. All candidates vote, including those that NMS removed. The score does not change. A box
/// that overlaps no candidate keeps its place (MMDetection returns NaN); only a box without area can do so.
/// </remarks>
sealed class ScoreVoting
{
    /// <summary>Candidates with an IoU above this vote.</summary>
    const float MinIou = 0.01f;

    /// <summary>The sigma_t of the paper: a candidate's weight is score * exp(-(1 - IoU)^2 / 0.025).</summary>
    const float Temperature = 0.025f;

    BoxColumns?[] _voters = [];                         // by class; null for a class without detections
    readonly Stack<BoxColumns> _spare = [];

    /// <summary>Applies score voting.</summary>
    /// <param name="kept">Candidates that NMS kept, best first.</param>
    /// <param name="candidates">All candidates.</param>
    /// <returns>Detections grouped by class in ascending order, within a class best first.</returns>
    public Detection[] Vote(IReadOnlyList<ulong> kept, ScoredBoxes candidates)
    {
        Detection[] detections = [.. kept.Select(candidates.Detection).OrderBy(detection => detection.Label)];      // stable
        CollectVoters(detections, candidates);
        foreach (ref var detection in detections.AsSpan())
            detection = detection with { Box = WeightedMean(detection.Box, _voters[detection.Label]!) };
        return detections;
    }

    /// <summary>The weighted mean of the voters around a box; the box itself if there are none.</summary>
    /// <remarks>The weight is score * exp(-(1 - IoU)^2 / sigma_t), over voters whose IoU is above the minimum.</remarks>
    internal static Box WeightedMean(in Box box, BoxColumns voters)
    {
        var (x1, y1, x2, y2) = (Vector.Create(box.X1), Vector.Create(box.Y1), Vector.Create(box.X2), Vector.Create(box.Y2));
        var (sumX1, sumY1, sumX2, sumY2) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        var total = Vector<float>.Zero;
        for (var i = 0; i < voters.Count; i += Vector<float>.Count)
        {
            var iou = BoxOverlap.Iou(box, voters, i);
            var near = Vector.GreaterThan(iou, Vector.Create(MinIou));
            if (Vector.EqualsAll(near, Vector<int>.Zero)) continue;
            var distance = Vector<float>.One - iou;
            var weight = Masked(near, Vector.Exp(-(distance * distance) / Temperature) * voters.Score(i));
            total += weight;
            sumX1 += weight * Masked(near, voters.X1(i) - x1);          // differences are small, and so is their rounding
            sumY1 += weight * Masked(near, voters.Y1(i) - y1);
            sumX2 += weight * Masked(near, voters.X2(i) - x2);
            sumY2 += weight * Masked(near, voters.Y2(i) - y2);
        }
        var sum = Vector.Sum(total);
        if (!(sum > 0)) return box;
        return new Box(
            box.X1 + Vector.Sum(sumX1) / sum, box.Y1 + Vector.Sum(sumY1) / sum,
            box.X2 + Vector.Sum(sumX2) / sum, box.Y2 + Vector.Sum(sumY2) / sum);

        static Vector<float> Masked(Vector<int> mask, Vector<float> value) =>
            Vector.ConditionalSelect(mask, value, Vector<float>.Zero);
    }

    /// <summary>Collects the candidates of each class that has a detection.</summary>
    void CollectVoters(Detection[] detections, ScoredBoxes candidates)
    {
        foreach (var voters in _voters)
        {
            if (voters is null) continue;
            voters.Clear();
            _spare.Push(voters);
        }
        if (_voters.Length != candidates.ClassCount) _voters = new BoxColumns?[candidates.ClassCount];
        Array.Clear(_voters);
        foreach (var detection in detections) _voters[detection.Label] ??= _spare.TryPop(out var voters) ? voters : new();
        foreach (var key in candidates.Keys)
        {
            if (_voters[candidates.Label(key)] is not { } voters) continue;
            var (box, score, _) = candidates.Detection(key);
            voters.Add(box, score);
        }
    }
}
