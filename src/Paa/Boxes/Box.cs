namespace Paa.Boxes;

/// <summary>An axis-aligned box by its corners, in pixels: x grows to the right, y grows downwards.</summary>
/// <param name="X1">Left edge.</param>
/// <param name="Y1">Top edge.</param>
/// <param name="X2">Right edge.</param>
/// <param name="Y2">Bottom edge.</param>
/// <remarks>Four consecutive floats, so a span of boxes can be read as a [n, 4] array and back.</remarks>
public readonly record struct Box(float X1, float Y1, float X2, float Y2)
{
    /// <summary>X2 - X1; negative for an inverted box.</summary>
    public float Width => X2 - X1;

    /// <summary>Y2 - Y1; negative for an inverted box.</summary>
    public float Height => Y2 - Y1;

    /// <summary>Width times height, without a +1 for pixel counting.</summary>
    public float Area => Width * Height;
}
