using System.Globalization;
using Paa.Boxes;
using Paa.Imaging;

namespace Paa.Inference;

/// <summary>Draws boxes with class names onto images.</summary>
/// <param name="classNames">Names in label order, in any script (see <see cref="TextLine"/>); a label without a name is shown
/// as its number.</param>
/// <remarks>
/// Lines and letters grow with the image. Names stay inside the image and cover neither each other nor small objects where
/// that can be had. A class has the same colour in every image; the first 80 stay apart for colour-blind people, too.
/// </remarks>
public sealed class DetectionPainter(IReadOnlyList<string> classNames)
{
    /// <summary>The colour of a class, the same in every image.</summary>
    /// <param name="label">Contiguous class index.</param>
    public static Color ColorOf(int label) => Palette.ColorOf(label);

    /// <summary>Draws detections, the first on top; see <see cref="Detections.BestFirst"/>.</summary>
    /// <param name="image">The image to draw on.</param>
    /// <param name="detections">Boxes in pixels of this image.</param>
    public void Draw(Image image, ReadOnlySpan<Detection> detections)
    {
        var objects = new NamedBox[detections.Length];
        for (var i = 0; i < objects.Length; i++)
        {
            var (box, score, label) = detections[i];
            objects[i] = new NamedBox(box, NameOf(label), score.ToString("0.00", CultureInfo.InvariantCulture), ColorOf(label));
        }
        Draw(image, objects);
    }

    /// <summary>Draws boxes without scores, such as annotations, the first on top.</summary>
    /// <param name="image">The image to draw on.</param>
    /// <param name="boxes">Boxes in pixels of this image.</param>
    /// <param name="labels">Class of each box.</param>
    public void Draw(Image image, ReadOnlySpan<Box> boxes, ReadOnlySpan<int> labels)
    {
        if (boxes.Length != labels.Length)
            throw new ArgumentException($"DetectionPainter.Draw: {boxes.Length} boxes, {labels.Length} labels.");
        var objects = new NamedBox[boxes.Length];
        for (var i = 0; i < objects.Length; i++) objects[i] = new NamedBox(boxes[i], NameOf(labels[i]), null, ColorOf(labels[i]));
        Draw(image, objects);
    }

    /// <summary>The name shown for a label.</summary>
    string NameOf(int label) => label >= 0 && label < classNames.Count ? classNames[label] : $"class {label}";

    static void Draw(Image image, NamedBox[] objects)
    {
        var style = BoxStyle.For(image);
        using var canvas = new Canvas(image);
        var frames = Array.ConvertAll(objects, named => style.Frame(named.Box));
        for (var i = objects.Length - 1; i >= 0; i--) style.DrawFrame(canvas, frames[i], objects[i].Color);
        var layout = new LabelLayout(image.Height, image.Width, frames);
        var texts = new PlateText[objects.Length];
        var plates = new PixelRectangle[objects.Length];
        for (var i = 0; i < objects.Length; i++)                     // the first choose their places first
        {
            var most = Math.Min(image.Width, Math.Max(image.Width / 2, frames[i].Width));
            texts[i] = style.Text(objects[i].Name, objects[i].Score, most);
            plates[i] = layout.Place(frames[i], texts[i].Height, texts[i].Width);
        }
        for (var i = objects.Length - 1; i >= 0; i--) style.DrawLeader(canvas, plates[i], frames[i], objects[i].Color);
        for (var i = objects.Length - 1; i >= 0; i--) style.DrawPlate(canvas, plates[i], texts[i], objects[i].Color);
    }

    readonly record struct NamedBox(Box Box, string Name, string? Score, Color Color);
}

/// <summary>What a plate says.</summary>
/// <param name="Name">Cut if it is long.</param>
/// <param name="Score">Always whole; null without one.</param>
/// <param name="Gap">Columns left and right of the text, and between its parts.</param>
readonly record struct PlateText(TextLine Name, TextLine? Score, int Gap)
{
    public int Width => Name.Width + 2 * Gap + (Score is null ? 0 : Score.Width + Gap);

    /// <summary>Rows above the base line that the parts share.</summary>
    public int Ascent => Math.Max(Name.Ascent, Score?.Ascent ?? 0);

    public int Height => Ascent + Math.Max(Name.Descent, Score?.Descent ?? 0);
}

/// <summary>How frames and plates look on an image of a size.</summary>
/// <param name="Line">Width of a frame in pixels. It lies half outside the box.</param>
/// <param name="FontSize">Of names, in pixels.</param>
readonly record struct BoxStyle(int Line, double FontSize)
{
    /// <summary>How strongly the thin lines beside a frame show, which set it off from any background.</summary>
    const double EdgeOpacity = 0.55;

    /// <summary>The same for the line around a plate.</summary>
    const double PlateEdgeOpacity = 0.4;

    int Radius => Line;

    /// <summary>Line and letters for an image.</summary>
    public static BoxStyle For(Image image)
    {
        var side = Math.Min(image.Height, image.Width);
        return new BoxStyle(Math.Clamp((int)Math.Round(side / 300.0), 2, 24), Math.Clamp(8 + side / 85.0, 10, 120));
    }

    /// <summary>The outer edge of the frame around a box. Huge coordinates and NaN are clamped.</summary>
    public PixelRectangle Frame(Box box)
    {
        var (left, top) = ((int)MathF.Floor(Limit(box.X1)), (int)MathF.Floor(Limit(box.Y1)));
        var (right, bottom) = ((int)MathF.Ceiling(Limit(box.X2)), (int)MathF.Ceiling(Limit(box.Y2)));
        var outside = Line / 2;
        return new PixelRectangle(
            left - outside, top - outside, Math.Max(right, left + 1) + outside, Math.Max(bottom, top + 1) + outside);

        static float Limit(float value) => Math.Clamp(float.IsNaN(value) ? 0 : value, -1e6f, 1e6f);
    }

    /// <summary>Draws a frame in its colour between two thin lines.</summary>
    public void DrawFrame(Canvas canvas, PixelRectangle frame, Color color)
    {
        var (left, top, right, bottom) = frame;
        var inside = Math.Min(frame.Width, frame.Height) > 6 * Line ? 1 : 0;         // a small object stays visible
        var edges = 1 + Line + inside;
        canvas.DrawRectangle(left - 1, top - 1, right + 1, bottom + 1, color.Contrast, edges, Radius + 1, EdgeOpacity);
        canvas.DrawRectangle(left, top, right, bottom, color, Line, Radius);
    }

    /// <summary>Draws a line from a plate to its frame where they do not touch.</summary>
    public void DrawLeader(Canvas canvas, PixelRectangle plate, PixelRectangle frame, Color color)
    {
        var (x1, x2) = Nearest(plate.Left, plate.Right, frame.Left, frame.Right);
        var (y1, y2) = Nearest(plate.Top, plate.Bottom, frame.Top, frame.Bottom);
        if (x1 == x2 && y1 == y2) return;
        canvas.DrawLine(x1, y1, x2, y2, color.Contrast, Line, EdgeOpacity);
        canvas.DrawLine(x1, y1, x2, y2, color, Line / 2.0);

        // The ends of the shortest way between two ranges; in the middle of what they share.
        static (double, double) Nearest(int start, int end, int otherStart, int otherEnd)
        {
            if (end < otherStart) return (end, otherStart);
            if (otherEnd < start) return (start, otherEnd);
            var shared = (Math.Max(start, otherStart) + Math.Min(end, otherEnd)) / 2.0;
            return (shared, shared);
        }
    }

    /// <summary>The text of a plate. A name is cut where the plate would be wider than allowed.</summary>
    public PlateText Text(string name, string? score, int maxWidth)
    {
        var gap = (int)Math.Ceiling(FontSize / 4);
        var number = score is null ? null : new TextLine(score, FontSize);
        var taken = 2 * gap + (number is null ? 0 : number.Width + gap);
        return new PlateText(new TextLine(name, FontSize, maxWidth - taken), number, gap);
    }

    /// <summary>Writes on a plate of the colour of its frame.</summary>
    public void DrawPlate(Canvas canvas, PixelRectangle plate, PlateText text, Color color)
    {
        var (left, top, right, bottom) = plate;
        canvas.FillRectangle(left, top, right, bottom, color, Radius);
        canvas.DrawRectangle(left, top, right, bottom, color.Contrast, 1, Radius, PlateEdgeOpacity);
        var baseLine = top + text.Ascent;
        canvas.DrawText(text.Name, left + text.Gap, baseLine - text.Name.Ascent, color.Contrast);
        if (text.Score is { } score)
            canvas.DrawText(score, right - text.Gap - score.Width, baseLine - score.Ascent, color.Contrast);
    }
}
