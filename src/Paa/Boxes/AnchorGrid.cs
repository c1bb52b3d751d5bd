namespace Paa.Boxes;

/// <summary>All anchors of a network input, numbered level by level (finest first), row by row. Immutable.</summary>
public sealed class AnchorGrid
{
    /// <param name="featureSizes">Size of each level's feature map, finest first.</param>
    /// <param name="strides">Stride of each level in pixels.</param>
    /// <param name="scale">Side of an anchor in strides.</param>
    internal AnchorGrid(ReadOnlySpan<ImageSize> featureSizes, ReadOnlySpan<int> strides, double scale)
    {
        Levels = new AnchorLevel[strides.Length];
        LevelStarts = new int[strides.Length + 1];
        for (var i = 0; i < strides.Length; i++)
        {
            Levels[i] = new AnchorLevel(featureSizes[i], strides[i], (float)(scale * strides[i]), LevelStarts[i]);
            LevelStarts[i + 1] = LevelStarts[i] + featureSizes[i].Area;
        }
        Boxes = new Box[LevelStarts[^1]];
        foreach (var level in Levels) Fill(level, Boxes.AsSpan(level.Start, level.Size.Area));
    }

    /// <summary>The levels, finest first.</summary>
    public AnchorLevel[] Levels { get; }

    /// <summary>Index of each level's first anchor, then <see cref="Count"/>: one more entry than levels.</summary>
    public int[] LevelStarts { get; }

    /// <summary>Every anchor; anchors may reach beyond the image.</summary>
    public Box[] Boxes { get; }

    /// <summary>Number of anchors.</summary>
    public int Count => Boxes.Length;

    /// <summary>
    /// Marks the anchors whose cell lies inside an image's own padded size, which may be smaller than that of its batch.
    /// </summary>
    /// <param name="padShape">Padded size of the image.</param>
    /// <param name="valid">One flag per anchor, [<see cref="Count"/>]; overwritten.</param>
    public void ValidFlags(ImageSize padShape, Span<bool> valid)
    {
        valid[..Count].Clear();
        foreach (var level in Levels)
        {
            var inside = level.ValidSize(padShape);
            for (var row = 0; row < inside.Height; row++)
                valid.Slice(level.Start + row * level.Size.Width, inside.Width).Fill(true);
        }
    }

    static void Fill(AnchorLevel level, Span<Box> boxes)
    {
        for (var (row, i) = (0, 0); row < level.Size.Height; row++)
            for (var column = 0; column < level.Size.Width; column++, i++)
                boxes[i] = new Box(level.Left[column], level.Top[row], level.Right[column], level.Bottom[row]);
    }
}

/// <summary>The anchors of one pyramid level: squares on a regular grid, stored by column and by row.</summary>
/// <remarks>
/// All anchors of a column share their left and right edges, and all of a row their top and bottom edges. The overlap of a box
/// with every anchor of a level is therefore a product of one vector over columns and one over rows, which is all that the
/// matcher needs.
/// </remarks>
public sealed class AnchorLevel
{
    readonly float[] _left, _right, _top, _bottom;

    /// <param name="size">Positions of the feature map.</param>
    /// <param name="stride">Pixels between neighbouring positions.</param>
    /// <param name="side">Side of an anchor in pixels.</param>
    /// <param name="start">Index of the level's first anchor in the grid.</param>
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

    /// <summary>Index of the level's first anchor in the grid.</summary>
    public int Start { get; }

    /// <summary>Left edges by column, in pixels, ascending.</summary>
    public ReadOnlySpan<float> Left => _left;

    /// <summary>Right edges by column.</summary>
    public ReadOnlySpan<float> Right => _right;

    /// <summary>Top edges by row, ascending.</summary>
    public ReadOnlySpan<float> Top => _top;

    /// <summary>Bottom edges by row.</summary>
    public ReadOnlySpan<float> Bottom => _bottom;

    /// <summary>The number of rows and columns, from the top left, whose cells lie inside an image of this padded size.</summary>
    public ImageSize ValidSize(ImageSize padShape) => new(
        Math.Min(AnchorGenerator.CeilingDivide(padShape.Height, Stride), Size.Height),
        Math.Min(AnchorGenerator.CeilingDivide(padShape.Width, Stride), Size.Width));

    // Centres lie on multiples of the stride, without the half stride that other detectors add.
    static float[] Edges(int count, int stride, float offset) =>
        [.. Enumerable.Range(0, count).Select(i => (float)(i * stride) + offset)];
}
