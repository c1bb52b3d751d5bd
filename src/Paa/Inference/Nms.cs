using Paa.Boxes;
using Paa.Numerics;
using Paa.Options;

namespace Paa.Inference;

/// <summary>
/// Non-maximum suppression: keeps the best candidates that do not overlap a better one, of their class or of any.
/// </summary>
/// <remarks>
/// <para>
/// Profile <c>mmdet</c>: as in mmcv's <c>batched_nms</c>, boxes are shifted by label * (largest coordinate + 1) to keep classes
/// apart, and fewer than 10,000 candidates are suppressed all together. The shift loses digits of the coordinates and can change
/// a result; it is part of the published numbers. Profile <c>original</c>: boxes are not shifted, and all candidates with the
/// score of the last one are kept.
/// </para>
/// <para>
/// Without regard to classes, boxes are not shifted and suppress each other whatever their class. As mmcv has it, 10,000
/// candidates and more are suppressed per class all the same (profile <c>original</c>, whose code has no such option: never).
/// </para>
/// <para>Candidates are visited best first until enough are kept, so the rest is never sorted.</para>
/// </remarks>
/// <param name="iouThreshold">A candidate is suppressed if its IoU with a better one exceeds this.</param>
/// <param name="maxPerImage">Maximum number of candidates kept; all if not positive.</param>
/// <param name="profile">The semantics to follow.</param>
/// <param name="classAgnostic">Whether a better box of another class suppresses, too.</param>
sealed class Nms(float iouThreshold, int maxPerImage, SemanticsProfile profile, bool classAgnostic = false)
{
    const int JointLimit = 10_000;

    readonly List<ulong> _kept = [];
    BoxColumns[] _keptBoxes = [];

    /// <summary>Suppresses candidates.</summary>
    /// <returns>The kept candidates, best first, in reused memory.</returns>
    public IReadOnlyList<ulong> Keep(ScoredBoxes candidates)
    {
        Reset(candidates.ClassCount);
        var original = profile == SemanticsProfile.Original;
        var joint = original ? classAgnostic : candidates.Count < JointLimit;
        var classStep = original || classAgnostic ? 0 : candidates.LargestCoordinate() + 1;
        var queue = new BestFirst(candidates.Keys);
        while (queue.TryTake(out var key))
        {
            if (maxPerImage > 0 && _kept.Count >= maxPerImage && !(original && IsTie(key, _kept[^1]))) break;
            var label = candidates.Label(key);
            var box = Move(candidates[candidates.BoxIndex(key)], label * classStep);
            var rivals = _keptBoxes[joint ? 0 : label];
            if (BoxOverlap.AnyIouAbove(box, rivals, iouThreshold)) continue;
            rivals.Add(box);
            _kept.Add(key);
        }
        return _kept;
    }

    static bool IsTie(ulong a, ulong b) => RankKey.DescendingValue(a) == RankKey.DescendingValue(b);

    static Box Move(in Box box, float by) => new(box.X1 + by, box.Y1 + by, box.X2 + by, box.Y2 + by);

    void Reset(int classCount)
    {
        if (_keptBoxes.Length != classCount) _keptBoxes = [.. Enumerable.Range(0, classCount).Select(_ => new BoxColumns())];
        foreach (var boxes in _keptBoxes) boxes.Clear();
        _kept.Clear();
    }
}
