namespace Paa.Imaging;

/// <summary>A colour for drawing, in sRGB.</summary>
/// <param name="Red">0..255.</param>
/// <param name="Green">0..255.</param>
/// <param name="Blue">0..255.</param>
public readonly record struct Color(byte Red, byte Green, byte Blue)
{
    /// <summary>The luminance at which black and white text stand out equally.</summary>
    const double EqualContrast = 0.179;

    /// <summary>No light.</summary>
    public static Color Black => new(0, 0, 0);

    /// <summary>Full light.</summary>
    public static Color White => new(255, 255, 255);

    /// <summary>Light relative to white, 0..1, as the eye weighs it (WCAG 2.1, "relative luminance").</summary>
    public double Luminance => 0.2126 * Linear(Red) + 0.7152 * Linear(Green) + 0.0722 * Linear(Blue);

    /// <summary>Black or white, whichever reads better on this colour; the contrast ratio (WCAG 2.1) is at least 4.5.</summary>
    public Color Contrast => Luminance > EqualContrast ? Black : White;

    /// <summary>As in a web page: <c>#ff8000</c>.</summary>
    public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";

    /// <summary>Light of an sRGB channel, 0..1.</summary>
    static double Linear(byte channel)
    {
        var value = channel / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}
