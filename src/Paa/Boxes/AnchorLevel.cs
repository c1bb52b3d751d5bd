namespace Paa.Boxes;

/// <summary>The anchors of one pyramid level: squares on a regular grid, stored by column and by row.</summary>
/// <remarks>
/// All anchors of a column share their left and right edges, all of a row their top and bottom edges, so the overlap of a box
/// with every anchor of a level is a product of one vector over columns and one over rows. The matcher lives off that.
/// </remarks>
public sealed class AnchorLevel
{
    readonly float[] _left, _right, _top, _bottom;

    /// <param name="size">Positions of the feature map.</param>
    /// <param name="stride">Pixels between neighbouring positions.</param>
    /// <param name="side">Side of an anchor in pixels.</param>
    /// <param name="start">Number of the level's first anchor in the grid.</param>
    internal AnchorLevel(ImageSize size, int stride, float side, int start)
    {
        (Size, Stride, Start) = (size, stride, start);
        var half = 0.5f * side;
        _left = Edges(size.Width, stride, -half);
        _right = Edges(size.Width, stride, half);
        _top = Edges(size.Height, stride, -half);
        _bottom = Edges(size.Height, stride, half);
    }

    /// <summary>Positions of the feature map.</summary>
    public ImageSize Size { get; }

    /// <summary>Pixels between neighbouring positions.</summary>
    public int Stride { get; }

    /// <summary>Number of the level's first anchor in the grid.</summary>
    public int Start { get; }

    /// <summary>Left edges by column, in pixels, ascending.</summary>
    public ReadOnlySpan<float> Left => _left;

    /// <summary>Right edges by column.</summary>
    public ReadOnlySpan<float> Right => _right;

    /// <summary>Top edges by row, ascending.</summary>
    public ReadOnlySpan<float> Top => _top;

    /// <summary>Bottom edges by row.</summary>
    public ReadOnlySpan<float> Bottom => _bottom;

    /// <summary>How many rows and columns, from the top left, have their cell inside an image of this padded size.</summary>
    public ImageSize ValidSize(ImageSize padShape) => new(
        Math.Min(AnchorGenerator.CeilingDivide(padShape.Height, Stride), Size.Height),
        Math.Min(AnchorGenerator.CeilingDivide(padShape.Width, Stride), Size.Width));

    // Centres lie on multiples of the stride, without the half stride that other detectors add.
    static float[] Edges(int count, int stride, float offset) =>
        [.. Enumerable.Range(0, count).Select(i => (float)(i * stride) + offset)];
}
