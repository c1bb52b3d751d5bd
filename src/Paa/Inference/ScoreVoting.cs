using Paa.Boxes;

namespace Paa.Inference;

/// <summary>Moves each kept box to the mean of the candidates of its class around it, weighted by score and nearness.</summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, section 3.3. All candidates take part, those that NMS removed, too. The score stays. A box that
/// overlaps no candidate, which only one without area can, keeps its place (MMDetection returns NaN).
/// </remarks>
sealed class ScoreVoting
{
    /// <summary>Candidates vote if their IoU exceeds this.</summary>
    const float MinIou = 0.01f;

    /// <summary>The sigma_t of the paper: a candidate's weight is score * exp(-(1 - IoU)^2 / 0.025).</summary>
    const float Temperature = 0.025f;

    BoxColumns?[] _voters = [];                         // by class; null without a detection
    readonly Stack<BoxColumns> _spare = [];

    /// <summary>Votes.</summary>
    /// <param name="kept">Candidates that NMS kept, best first.</param>
    /// <param name="candidates">All candidates.</param>
    /// <returns>Detections grouped by class in ascending order, within a class best first.</returns>
    public Detection[] Vote(IReadOnlyList<ulong> kept, ScoredBoxes candidates)
    {
        Detection[] detections = [.. kept.Select(candidates.Detection).OrderBy(detection => detection.Label)];      // stable
        CollectVoters(detections, candidates);
        foreach (ref var detection in detections.AsSpan())
            detection = detection with { Box = _voters[detection.Label]!.WeightedMean(detection.Box, MinIou, Temperature) };
        return detections;
    }

    /// <summary>Gathers the candidates of each class that has a detection.</summary>
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
