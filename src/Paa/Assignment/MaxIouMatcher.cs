using System.Buffers;
using System.Runtime.InteropServices;
using Paa.Boxes;
using Paa.Options;

namespace Paa.Assignment;

/// <summary>
/// Result of the first stage of the assignment for one image. It depends on anchors and boxes, not on the network.
/// </summary>
/// <remarks>
/// Anchors that are neither candidates nor ignored are negative if they are valid (<see cref="AnchorGrid.ValidFlags"/>).
/// </remarks>
public sealed record Candidates
{
    /// <summary>An image without candidates.</summary>
    public static Candidates None { get; } = new() { Anchors = [], Boxes = [], Ignored = [] };

    /// <summary>Anchors considered for a box, ascending.</summary>
    public required int[] Anchors { get; init; }

    /// <summary>Index of the box that each of <see cref="Anchors"/> is a candidate for.</summary>
    public required int[] Boxes { get; init; }

    /// <summary>
    /// Valid anchors that take no part in the losses, ascending: their IoU lies between the two thresholds, or an ignored region
    /// covers them. With PAA's options there are none.
    /// </summary>
    public required int[] Ignored { get; init; }
}

/// <summary>
/// First stage of the assignment: pairs each anchor with the box that it overlaps most. These pairs are the candidates.
/// </summary>
/// <remarks>
/// <para>
/// The rules are those of MMDetection's <c>MaxIoUAssigner</c>. An anchor whose highest IoU reaches the positive threshold belongs
/// to that box, the first on ties. Then every box takes the anchors that it overlaps most, all of them on ties; later boxes
/// overwrite earlier ones. A box that overlaps no valid anchor has a best IoU of 0 and therefore takes <em>every</em> valid
/// anchor; data sets filter such boxes.
/// </para>
/// <para>Ties are decided on single-precision values computed in MMDetection's order of operations. Thread-safe.</para>
/// </remarks>
/// <param name="options">Thresholds; the defaults are PAA's.</param>
public sealed class MaxIouMatcher(MatcherOptions options)
{
    /// <summary>Owners of anchors that are not candidates; a candidate of box g has owner g + 1.</summary>
    const int Ignored = -1, Negative = 0;

    /// <summary>Finds the candidates of an image.</summary>
    /// <param name="grid">Anchors of the batch.</param>
    /// <param name="padShape">The image's own padded size, in pixels; anchors outside it are invalid.</param>
    /// <param name="targets">
    /// Ground truth of the image. Its ignored regions have no effect unless <see cref="MatcherOptions.IgnoreIofThreshold"/> is
    /// set.
    /// </param>
    /// <exception cref="ArgumentException">A box has a coordinate that is not finite.</exception>
    public Candidates Match(AnchorGrid grid, ImageSize padShape, in Targets targets)
    {
        var owner = ArrayPool<int>.Shared.Rent(grid.Count);
        var maxIou = ArrayPool<float>.Shared.Rent(grid.Count);
        var valid = ArrayPool<bool>.Shared.Rent(grid.Count);
        try
        {
            var owners = owner.AsSpan(0, grid.Count);
            Decide(grid, padShape, targets, owners, maxIou.AsSpan(0, grid.Count), valid.AsSpan(0, grid.Count));
            return Collect(owners, valid);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(owner);
            ArrayPool<float>.Shared.Return(maxIou);
            ArrayPool<bool>.Shared.Return(valid);
        }
    }

    /// <summary>Decides the owner of every anchor of a grid.</summary>
    /// <param name="grid">The A anchors.</param>
    /// <param name="padShape">As for <see cref="Match"/>.</param>
    /// <param name="targets">As for <see cref="Match"/>.</param>
    /// <param name="owner">[A]; receives -1 for invalid or ignored, 0 for negative, g + 1 for a candidate of box g.</param>
    /// <param name="maxIou">[A]; receives the highest IoU to any box: 0 for invalid anchors, -1 in an ignored region.</param>
    /// <param name="valid">[A]; receives whether each anchor is valid.</param>
    internal void Decide(
        AnchorGrid grid, ImageSize padShape, in Targets targets, Span<int> owner, Span<float> maxIou, Span<bool> valid)
    {
        var boxes = targets.Boxes;
        ThrowIfNotFinite(boxes);
        owner.Clear();
        maxIou.Clear();
        grid.ValidFlags(padShape, valid);
        if (boxes.Length > 0) ExcludeCovered(grid, targets.Ignored, valid, maxIou);

        var best = new BestAnchors[boxes.Length];
        var overlap = new OverlapMaximum(grid, maxIou, owner);
        for (var g = 0; g < boxes.Length; g++) best[g] = overlap.Add(boxes[g], g, padShape);

        for (var anchor = 0; anchor < owner.Length; anchor++)
            owner[anchor] = !valid[anchor] ? Ignored : boxes.Length == 0 ? Negative : Decide(maxIou[anchor], owner[anchor]);
        if (options.MatchLowQuality)
            for (var g = 0; g < boxes.Length; g++) TakeBest(g, best[g], maxIou, valid, owner);
    }

    /// <summary>Excludes anchors in ignored regions.</summary>
    void ExcludeCovered(AnchorGrid grid, ReadOnlySpan<Box> ignored, ReadOnlySpan<bool> valid, Span<float> maxIou)
    {
        if (options.IgnoreIofThreshold <= 0) return;
        for (var anchor = 0; anchor < valid.Length; anchor++)
            foreach (ref readonly var region in ignored)
                if (valid[anchor] && BoxOverlap.Iof(grid.Boxes[anchor], region) > options.IgnoreIofThreshold)
                    maxIou[anchor] = OverlapMaximum.Excluded;
    }

    int Decide(float maxIou, int box) =>
        maxIou == OverlapMaximum.Excluded ? Ignored
        : maxIou >= options.PositiveIouThreshold ? box + 1
        : maxIou < options.NegativeIouThreshold ? Negative
        : Ignored;

    /// <summary>Gives a box the anchors that it overlaps most, whoever owned them.</summary>
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

    /// <summary>Turns the flat arrays into lists of candidates and ignored anchors.</summary>
    static Candidates Collect(ReadOnlySpan<int> owner, ReadOnlySpan<bool> valid)
    {
        var (candidateCount, ignoredCount) = (0, 0);
        for (var i = 0; i < owner.Length; i++)
        {
            if (owner[i] > Negative) candidateCount++;
            else if (owner[i] == Ignored && valid[i]) ignoredCount++;
        }
        var result = new Candidates
        {
            Anchors = new int[candidateCount],
            Boxes = new int[candidateCount],
            Ignored = new int[ignoredCount],
        };
        for (var i = owner.Length - 1; i >= 0; i--)
        {
            if (owner[i] > Negative) (result.Anchors[--candidateCount], result.Boxes[candidateCount]) = (i, owner[i] - 1);
            else if (owner[i] == Ignored && valid[i]) result.Ignored[--ignoredCount] = i;
        }
        return result;
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
