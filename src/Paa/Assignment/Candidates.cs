namespace Paa.Assignment;

/// <summary>What the first stage of the assignment decides about an image; it knows anchors and boxes, not the network.</summary>
/// <remarks>
/// Anchors that are neither candidates nor undecided are background if valid (<see cref="Boxes.AnchorGrid.ValidFlags"/>).
/// </remarks>
public sealed record Candidates
{
    /// <summary>An image without candidates.</summary>
    public static Candidates None { get; } = new() { Anchors = [], Boxes = [], Undecided = [] };

    /// <summary>Anchors considered for some box, ascending.</summary>
    public required int[] Anchors { get; init; }

    /// <summary>Index of the box that each of <see cref="Anchors"/> is considered for.</summary>
    public required int[] Boxes { get; init; }

    /// <summary>
    /// Valid anchors that take no part in the losses, ascending: between the two thresholds, or covered by an ignored region.
    /// With PAA's options there are none.
    /// </summary>
    public required int[] Undecided { get; init; }

    /// <summary>The same decision from a matcher's flat arrays.</summary>
    /// <param name="owner">As in <see cref="MatchResult"/>.</param>
    /// <param name="valid">Whether each anchor is valid.</param>
    internal static Candidates From(ReadOnlySpan<int> owner, ReadOnlySpan<bool> valid)
    {
        var (candidateCount, undecidedCount) = (0, 0);
        for (var i = 0; i < owner.Length; i++)
        {
            if (owner[i] > 0) candidateCount++;
            else if (owner[i] < 0 && valid[i]) undecidedCount++;
        }
        var result = new Candidates
        {
            Anchors = new int[candidateCount],
            Boxes = new int[candidateCount],
            Undecided = new int[undecidedCount],
        };
        for (var i = owner.Length - 1; i >= 0; i--)
        {
            if (owner[i] > 0) (result.Anchors[--candidateCount], result.Boxes[candidateCount]) = (i, owner[i] - 1);
            else if (owner[i] < 0 && valid[i]) result.Undecided[--undecidedCount] = i;
        }
        return result;
    }
}
