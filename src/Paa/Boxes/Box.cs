using System.Globalization;

namespace Paa.Boxes;

/// <summary>An axis-aligned box by its corners, in pixels: x grows to the right, y grows downwards.</summary>
/// <param name="X1">Left edge.</param>
/// <param name="Y1">Top edge.</param>
/// <param name="X2">Right edge.</param>
/// <param name="Y2">Bottom edge.</param>
/// <remarks>Four consecutive floats, so a span of boxes can be read as an [n, 4] array and back.</remarks>
public readonly record struct Box(float X1, float Y1, float X2, float Y2)
{
    /// <summary>X2 - X1; negative for an inverted box.</summary>
    public float Width => X2 - X1;

    /// <summary>Y2 - Y1; negative for an inverted box.</summary>
    public float Height => Y2 - Y1;

    /// <summary>Width times height, without a +1 for pixel counting.</summary>
    public float Area => Width * Height;

    /// <summary>Its corners: <c>(12.5, 30) - (96, 120.3)</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"({X1:0.#}, {Y1:0.#}) - ({X2:0.#}, {Y2:0.#})");
}

/// <summary>Size of an image or of a feature map, height first.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct ImageSize(int Height, int Width)
{
    /// <summary>Number of positions.</summary>
    public int Area => Height * Width;

    /// <inheritdoc/>
    public override string ToString() => $"{Height}x{Width}";
}

/// <summary>A box as COCO's files store it, in pixels and in the double precision that evaluation needs.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
readonly record struct XywhBox(double X, double Y, double Width, double Height)
{
    /// <summary>Width times height.</summary>
    public double Area => Width * Height;
}
