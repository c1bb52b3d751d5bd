namespace Paa.Imaging;

/// <summary>A colour for drawing.</summary>
/// <param name="Red">0..255.</param>
/// <param name="Green">0..255.</param>
/// <param name="Blue">0..255.</param>
public readonly record struct Color(byte Red, byte Green, byte Blue)
{
    /// <summary>No light.</summary>
    public static Color Black => new(0, 0, 0);

    /// <summary>Full light.</summary>
    public static Color White => new(255, 255, 255);

    /// <summary>Perceived lightness, 0..255 (ITU-R BT.601).</summary>
    public double Luma => 0.299 * Red + 0.587 * Green + 0.114 * Blue;

    /// <summary>Black or white, whichever reads better on this colour.</summary>
    public Color Contrast => Luma > 140 ? Black : White;

    /// <summary>As in a web page: <c>#ff8000</c>.</summary>
    public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";

    /// <summary>A colour by hue, saturation and value.</summary>
    /// <param name="hue">In turns: 0 is red, 1/3 green, 2/3 blue. Whole turns are ignored.</param>
    /// <param name="saturation">0 (grey) .. 1.</param>
    /// <param name="value">0 (black) .. 1.</param>
    public static Color FromHsv(double hue, double saturation, double value)
    {
        return new Color(Channel(5), Channel(3), Channel(1));

        byte Channel(int sector)
        {
            var k = (sector + (hue - Math.Floor(hue)) * 6) % 6;
            var light = value - value * saturation * Math.Clamp(Math.Min(k, 4 - k), 0, 1);
            return (byte)Math.Round(255 * Math.Clamp(light, 0, 1));
        }
    }
}
