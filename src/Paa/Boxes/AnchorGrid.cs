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

    /// <summary>Number of each level's first anchor, and <see cref="Count"/> at the end; one more entry than levels.</summary>
    public int[] LevelStarts { get; }

    /// <summary>Every anchor; they may reach beyond the image.</summary>
    public Box[] Boxes { get; }

    /// <summary>Number of anchors.</summary>
    public int Count => Boxes.Length;

    /// <summary>Marks the anchors whose cell lies inside an image's own padded size, which may be less than its batch's.</summary>
    /// <param name="padShape">Padded size of the image.</param>
    /// <param name="valid">One flag an anchor, [<see cref="Count"/>]; overwritten.</param>
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
