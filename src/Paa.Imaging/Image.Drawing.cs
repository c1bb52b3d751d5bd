using System.Runtime.InteropServices;

namespace Paa.Imaging;

/// <summary>Whole pixels, without smooth edges; for lines and text see <see cref="Canvas"/>. Coordinates outside are no
/// error.</summary>
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

    readonly record struct Bgr(byte Blue, byte Green, byte Red);
}
