using System.Runtime.InteropServices;
using Paa.Imaging.Internals;
using SkiaSharp;

namespace Paa.Imaging;

/// <summary>Draws on an image with smooth edges. What was drawn appears in the image when the canvas is disposed.</summary>
/// <remarks>
/// Coordinates are pixels from the upper left corner of the image, ends exclusive; a whole number is the border between two
/// pixels. What lies outside the image is cut, NaN counts as 0. The drawing is recorded first and painted in strips of rows, so
/// that a large image needs little memory. Not for several threads at once.
/// </remarks>
/// <param name="image">The image to draw on. Borrowed until the canvas is disposed.</param>
public sealed class Canvas(Image image) : IDisposable
{
    /// <summary>Rows painted at once: a strip of a photograph stays in the processor's cache.</summary>
    const int StripRows = 64;

    /// <summary>Coordinates are held within this, where a 32-bit float still tells half pixels apart.</summary>
    const double Limit = 1 << 22;

    readonly SKPictureRecorder _recorder = new();
    readonly SKPaint _paint = new() { IsAntialias = true };
    SKCanvas? _canvas;
    double _top = double.PositiveInfinity, _bottom = double.NegativeInfinity;         // rows touched so far

    /// <summary>Fills a rectangle with rounded corners.</summary>
    /// <param name="left">Left edge.</param>
    /// <param name="top">Upper edge.</param>
    /// <param name="right">Right edge.</param>
    /// <param name="bottom">Lower edge.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="radius">Of the corners; 0 for square ones.</param>
    /// <param name="opacity">0 (nothing to be seen) .. 1 (covers what was there).</param>
    public void FillRectangle(
        double left, double top, double right, double bottom, Color color, double radius = 0, double opacity = 1)
    {
        var area = Rectangle(left, top, right, bottom);
        if (area.IsEmpty) return;
        Start(area.Top, area.Bottom).DrawRoundRect(area, Coordinate(radius), Coordinate(radius), Paint(color, opacity));
    }

    /// <summary>Draws the border of a rectangle, inwards from its edges.</summary>
    /// <param name="left">Left edge.</param>
    /// <param name="top">Upper edge.</param>
    /// <param name="right">Right edge.</param>
    /// <param name="bottom">Lower edge.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="thickness">Of the line. A line that leaves no inside fills the rectangle.</param>
    /// <param name="radius">Of the outer corners; 0 for square ones.</param>
    /// <param name="opacity">0 (nothing to be seen) .. 1 (covers what was there).</param>
    public void DrawRectangle(
        double left, double top, double right, double bottom, Color color,
        double thickness = 1, double radius = 0, double opacity = 1)
    {
        var outside = Rectangle(left, top, right, bottom);
        var (line, corner) = (Coordinate(thickness), Coordinate(radius));
        var inside = SKRect.Inflate(outside, -line, -line);
        if (outside.IsEmpty) return;
        var canvas = Start(outside.Top, outside.Bottom);
        if (inside.Width <= 0 || inside.Height <= 0)
        {
            canvas.DrawRoundRect(outside, corner, corner, Paint(color, opacity));
            return;
        }
        using var outer = new SKRoundRect(outside, corner);
        using var inner = new SKRoundRect(inside, Math.Max(0, corner - line));
        canvas.DrawRoundRectDifference(outer, inner, Paint(color, opacity));
    }

    /// <summary>Draws a straight line with round ends.</summary>
    /// <param name="x1">Column where it starts.</param>
    /// <param name="y1">Row where it starts.</param>
    /// <param name="x2">Column where it ends.</param>
    /// <param name="y2">Row where it ends.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="thickness">Its width.</param>
    /// <param name="opacity">0 (nothing to be seen) .. 1 (covers what was there).</param>
    public void DrawLine(double x1, double y1, double x2, double y2, Color color, double thickness = 1, double opacity = 1)
    {
        var ends = Rectangle(x1, y1, x2, y2);
        var paint = Paint(color, opacity);
        paint.StrokeWidth = Coordinate(thickness);
        paint.StrokeCap = SKStrokeCap.Round;
        Start(Math.Min(ends.Top, ends.Bottom) - paint.StrokeWidth, Math.Max(ends.Top, ends.Bottom) + paint.StrokeWidth)
            .DrawLine(ends.Left, ends.Top, ends.Right, ends.Bottom, paint);
    }

    /// <summary>Draws a line of text.</summary>
    /// <param name="text">The line, laid out.</param>
    /// <param name="left">Where it starts.</param>
    /// <param name="top">Upper edge of the line: its base line is <see cref="TextLine.Ascent"/> below.</param>
    /// <param name="color">Its colour; coloured letters such as emoji keep their own.</param>
    public void DrawText(TextLine text, double left, double top, Color color)
    {
        ArgumentNullException.ThrowIfNull(text);
        var line = Rectangle(left, top, left + text.Width, top + text.Height);
        var canvas = Start(line.Top, line.Bottom);
        canvas.Save();
        canvas.ClipRect(new SKRect(-(float)Limit, line.Top, (float)Limit, line.Bottom));   // heaps of accents stay in their line
        foreach (var run in text.Runs)
        {
            using var font = Fonts.At(run.Typeface, text.Size);
            using var builder = new SKTextBlobBuilder();
            builder.AddPositionedRun(run.Glyphs, font, run.Positions);
            using var glyphs = builder.Build();
            if (glyphs is not null) canvas.DrawText(glyphs, line.Left, line.Top + text.Ascent, Paint(color, 1));
        }
        canvas.Restore();
    }

    /// <summary>Paints what was drawn into the image.</summary>
    public void Dispose()
    {
        if (_canvas is not null)
        {
            using var drawing = _recorder.EndRecording();
            _canvas = null;
            Paint(drawing);
        }
        _paint.Dispose();
        _recorder.Dispose();
    }

    unsafe void Paint(SKPicture drawing)
    {
        var first = (int)Math.Clamp(Math.Floor(_top) - 1, 0, image.Height);
        var end = (int)Math.Clamp(Math.Ceiling(_bottom) + 1, 0, image.Height);
        if (first >= end) return;
        using var strip = new SKBitmap(new SKImageInfo(
            image.Width, Math.Min(StripRows, end - first), SKColorType.Bgra8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(strip);
        for (var top = first; top < end; top += StripRows)
        {
            var pixels = image.Pixels.Slice(
                top * image.Width * Image.Channels, Math.Min(StripRows, end - top) * image.Width * Image.Channels);
            var painted = new Span<uint>((void*)strip.GetPixels(), pixels.Length / Image.Channels);
            PixelBytes.AddOpaque(pixels, MemoryMarshal.AsBytes(painted));
            canvas.Save();
            canvas.Translate(0, -top);
            canvas.DrawPicture(drawing);
            canvas.Restore();
            canvas.Flush();
            PixelBytes.DropFourth(MemoryMarshal.AsBytes(painted), pixels);
        }
    }

    SKCanvas Start(double top, double bottom)
    {
        ObjectDisposedException.ThrowIf(_paint.Handle == 0, this);
        (_top, _bottom) = (Math.Min(_top, top), Math.Max(_bottom, bottom));
        return _canvas ??= _recorder.BeginRecording(new SKRect(0, 0, image.Width, image.Height));
    }

    SKPaint Paint(Color color, double opacity)
    {
        _paint.Color = new SKColor(color.Red, color.Green, color.Blue, (byte)Math.Round(255 * Math.Clamp(opacity, 0, 1)));
        return _paint;
    }

    static SKRect Rectangle(double left, double top, double right, double bottom) =>
        new(Coordinate(left), Coordinate(top), Coordinate(right), Coordinate(bottom));

    static float Coordinate(double value) => double.IsNaN(value) ? 0 : (float)Math.Clamp(value, -Limit, Limit);
}
