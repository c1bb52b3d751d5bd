namespace Paa.Boxes;

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
