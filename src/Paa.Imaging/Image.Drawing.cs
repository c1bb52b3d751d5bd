using System.Runtime.InteropServices;
using System.Text;
using Paa.Imaging.Internals;

namespace Paa.Imaging;

/// <summary>Size of a line of text.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Ascent">Rows above the base line.</param>
/// <param name="Descent">Rows below the base line.</param>
public readonly record struct TextSize(int Width, int Ascent, int Descent)
{
    /// <summary>Rows in all.</summary>
    public int Height => Ascent + Descent;
}

/// <summary>Drawing. Everything is cut at the edges of the image; coordinates outside are no error.</summary>
public sealed partial class Image
{
    /// <summary>Fills a rectangle.</summary>
    /// <param name="left">First column.</param>
    /// <param name="top">First row.</param>
    /// <param name="right">Column behind the last.</param>
    /// <param name="bottom">Row behind the last.</param>
    /// <param name="color">Its colour.</param>
    public void FillRectangle(int left, int top, int right, int bottom, Color color)
    {
        (left, right) = (Math.Max(left, 0), Math.Min(right, Width));
        (top, bottom) = (Math.Max(top, 0), Math.Min(bottom, Height));
        if (left >= right) return;
        for (var y = top; y < bottom; y++)
        {
            var row = MemoryMarshal.Cast<byte, Bgr>(Row(y));
            row[left..right].Fill(new Bgr(color.Blue, color.Green, color.Red));
        }
    }

    /// <summary>Draws the border of a rectangle, inwards from its edges.</summary>
    /// <param name="left">First column.</param>
    /// <param name="top">First row.</param>
    /// <param name="right">Column behind the last.</param>
    /// <param name="bottom">Row behind the last.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="thickness">Rows or columns of each side.</param>
    public void DrawRectangle(int left, int top, int right, int bottom, Color color, int thickness = 1)
    {
        FillRectangle(left, top, right, Math.Min(top + thickness, bottom), color);
        FillRectangle(left, Math.Max(bottom - thickness, top), right, bottom, color);
        FillRectangle(left, top, Math.Min(left + thickness, right), bottom, color);
        FillRectangle(Math.Max(right - thickness, left), top, right, bottom, color);
    }

    /// <summary>Draws a line of text with smooth edges.</summary>
    /// <param name="text">Characters outside ASCII appear as '?': OpenCV's built-in font has no others.</param>
    /// <param name="left">Column where the text starts.</param>
    /// <param name="baseline">Row of the base line.</param>
    /// <param name="scale">Letter height; 1 is about 22 rows.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="thickness">Width of the strokes.</param>
    public unsafe void DrawText(string text, int left, int baseline, double scale, Color color, int thickness = 1)
    {
        fixed (byte* pixels = Pixels)
            Native.Check(
                Native.paa_image_draw_text(
                    pixels, Height, Width, ToAscii(text), left, baseline, scale, thickness, color.Blue, color.Green, color.Red),
                "text");
    }

    /// <summary>Size that <see cref="DrawText"/> needs.</summary>
    /// <param name="text">The text.</param>
    /// <param name="scale">Letter height; 1 is about 22 rows.</param>
    /// <param name="thickness">Width of the strokes.</param>
    public static TextSize MeasureText(string text, double scale, int thickness = 1)
    {
        var status = Native.paa_image_measure_text(
            ToAscii(text), scale, thickness, out var width, out var ascent, out var descent);
        Native.Check(status, "text");
        return new TextSize(width, ascent, descent);
    }

    /// <summary>Copies a picture onto this one.</summary>
    /// <param name="picture">Borrowed.</param>
    /// <param name="left">Column of its left edge.</param>
    /// <param name="top">Row of its upper edge.</param>
    public void Paste(Image picture, int left, int top)
    {
        var (x1, x2) = (Math.Max(left, 0), Math.Min(left + picture.Width, Width));
        if (x1 >= x2) return;
        for (var y = Math.Max(top, 0); y < Math.Min(top + picture.Height, Height); y++)
            picture.Row(y - top)[((x1 - left) * Channels)..((x2 - left) * Channels)].CopyTo(Row(y)[(x1 * Channels)..]);
    }

    static string ToAscii(string text)
    {
        var ascii = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) ascii.Append(rune.Value is >= ' ' and <= '~' ? (char)rune.Value : '?');
        return ascii.ToString();
    }

    readonly record struct Bgr(byte Blue, byte Green, byte Red);
}
