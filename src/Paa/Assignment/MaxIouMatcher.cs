using System.Buffers;
using System.Runtime.InteropServices;
using Paa.Boxes;
using Paa.Options;

namespace Paa.Assignment;

/// <summary>First stage of the assignment: pairs each anchor with the box that it overlaps most; so finds candidates.</summary>
/// <remarks>
/// <para>
/// The rules are MMDetection's <c>MaxIoUAssigner</c>: an anchor belongs to its best box from the positive threshold on (the
/// first of equally good boxes); then every box takes the anchors that it overlaps most, all of them on ties, and later boxes
/// overwrite earlier ones. A box that overlaps no valid anchor has a best IoU of 0 and thereby takes <em>every</em> valid anchor;
/// data sets filter such boxes.
/// </para>
/// <para>Ties are decided on single precision values in MMDetection's order of operations. Thread-safe.</para>
/// </remarks>
/// <param name="options">Thresholds; the defaults are PAA's.</param>
public sealed class MaxIouMatcher(MatcherOptions options)
{
    const int Undecided = -1, Background = 0;

    /// <summary>Decides about every anchor.</summary>
    /// <param name="grid">Anchors of the batch.</param>
    /// <param name="padShape">The image's own padded size, in pixels; anchors outside of it are invalid.</param>
    /// <param name="boxes">Ground truth of the image.</param>
    /// <param name="ignored">Regions such as crowds; without effect unless <see cref="MatcherOptions.IgnoreIofThreshold"/> is set.</param>
    /// <exception cref="ArgumentException">A box has a coordinate that is not finite.</exception>
    public MatchResult Match(AnchorGrid grid, ImageSize padShape, ReadOnlySpan<Box> boxes, ReadOnlySpan<Box> ignored = default)
    {
        var result = new MatchResult(new int[grid.Count], new float[grid.Count]);
        Match(grid, padShape, boxes, ignored, result.Owner, result.MaxIou, new bool[grid.Count]);
        return result;
    }

    /// <summary>The candidates of an image, as the data loader wants them.</summary>
    /// <inheritdoc cref="Match(AnchorGrid, ImageSize, ReadOnlySpan{Box}, ReadOnlySpan{Box})"/>
    public Candidates Find(AnchorGrid grid, ImageSize padShape, ReadOnlySpan<Box> boxes, ReadOnlySpan<Box> ignored = default)
    {
        var owner = ArrayPool<int>.Shared.Rent(grid.Count);
        var maxIou = ArrayPool<float>.Shared.Rent(grid.Count);
        var valid = ArrayPool<bool>.Shared.Rent(grid.Count);
        try
        {
            var owners = owner.AsSpan(0, grid.Count);
            Match(grid, padShape, boxes, ignored, owners, maxIou.AsSpan(0, grid.Count), valid.AsSpan(0, grid.Count));
            return Candidates.From(owners, valid);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(owner);
            ArrayPool<float>.Shared.Return(maxIou);
            ArrayPool<bool>.Shared.Return(valid);
        }
    }

    void Match(AnchorGrid grid, ImageSize padShape, ReadOnlySpan<Box> boxes, ReadOnlySpan<Box> ignored,
        Span<int> owner, Span<float> maxIou, Span<bool> valid)
    {
        ThrowIfNotFinite(boxes);
        owner.Clear();
        maxIou.Clear();
        grid.ValidFlags(padShape, valid);
        if (!boxes.IsEmpty) ExcludeCovered(grid, ignored, valid, maxIou);

        var best = new BestAnchors[boxes.Length];
        var overlap = new OverlapMaximum(grid, maxIou, owner);
        for (var g = 0; g < boxes.Length; g++) best[g] = overlap.Add(boxes[g], g, padShape);

        for (var anchor = 0; anchor < owner.Length; anchor++)
            owner[anchor] = !valid[anchor] ? Undecided : boxes.IsEmpty ? Background : Decide(maxIou[anchor], owner[anchor]);
        if (options.MatchLowQuality)
            for (var g = 0; g < boxes.Length; g++) TakeBest(g, best[g], maxIou, valid, owner);
    }

    /// <summary>Anchors in ignored regions take no part.</summary>
    void ExcludeCovered(AnchorGrid grid, ReadOnlySpan<Box> ignored, ReadOnlySpan<bool> valid, Span<float> maxIou)
    {
        if (options.IgnoreIofThreshold <= 0) return;
        for (var anchor = 0; anchor < valid.Length; anchor++)
            foreach (ref readonly var region in ignored)
                if (valid[anchor] && BoxOverlap.Iof(grid.Boxes[anchor], region) > options.IgnoreIofThreshold)
                    maxIou[anchor] = OverlapMaximum.Excluded;
    }

    int Decide(float maxIou, int box) =>
        maxIou == OverlapMaximum.Excluded ? Undecided
        : maxIou >= options.PositiveIouThreshold ? box + 1
        : maxIou < options.NegativeIouThreshold ? Background
        : Undecided;

    /// <summary>Gives a box the anchors that it overlaps most, whoever had them.</summary>
    void TakeBest(int box, BestAnchors best, ReadOnlySpan<float> maxIou, ReadOnlySpan<bool> valid, Span<int> owner)
    {
        if (best.Iou < options.MinPositiveIou) return;
        var all = options.AssignAllTies;
        if (best.Iou > 0)
        {
            foreach (var anchor in all ? CollectionsMarshal.AsSpan(best.Anchors) : [best.Anchors[0]]) owner[anchor] = box + 1;
            return;
        }
        for (var anchor = 0; anchor < owner.Length; anchor++)       // every IoU is 0, so every anchor ties
        {
            if (!valid[anchor] || maxIou[anchor] == OverlapMaximum.Excluded) continue;
            owner[anchor] = box + 1;
            if (!all) return;
        }
    }

    static void ThrowIfNotFinite(ReadOnlySpan<Box> boxes)
    {
        for (var g = 0; g < boxes.Length; g++)
        {
            var (x1, y1, x2, y2) = boxes[g];
            if (!float.IsFinite(x1) || !float.IsFinite(y1) || !float.IsFinite(x2) || !float.IsFinite(y2))
                throw new ArgumentException($"MaxIouMatcher: box {g} is not finite: {boxes[g]}.", nameof(boxes));
        }
    }
}
