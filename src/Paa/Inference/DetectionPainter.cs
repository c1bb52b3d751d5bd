using System.Globalization;
using Paa.Boxes;
using Paa.Imaging;

namespace Paa.Inference;

/// <summary>Draws boxes with class names onto images.</summary>
/// <param name="classNames">Names in label order; a label without a name is shown as its number.</param>
/// <remarks>
/// Line width and letters grow with the image. Names stay inside the image and, where there is room, apart from each other.
/// Letters outside ASCII appear as '?' (see <see cref="Image.DrawText"/>).
/// </remarks>
public sealed class DetectionPainter(IReadOnlyList<string> classNames)
{
    /// <summary>Hues this far apart stay distinct, however many there are.</summary>
    const double GoldenRatio = 0.6180339887498949;

    /// <summary>The colour of a class, the same in every image.</summary>
    /// <param name="label">Contiguous class index.</param>
    public static Color ColorOf(int label) =>
        Color.FromHsv(0.33 + label * GoldenRatio, label / 7 % 2 == 0 ? 0.85 : 0.55, label / 14 % 2 == 0 ? 1 : 0.75);

    /// <summary>Draws detections, the first on top; see <see cref="Detections.BestFirst"/>.</summary>
    /// <param name="image">The image to draw on.</param>
    /// <param name="detections">Boxes in pixels of this image.</param>
    public void Draw(Image image, ReadOnlySpan<Detection> detections)
    {
        var labels = new LabelLayout(image);
        for (var i = detections.Length - 1; i >= 0; i--) DrawFrame(image, detections[i].Box, detections[i].Label);
        foreach (var (box, score, label) in detections)
            labels.Draw(box, string.Create(CultureInfo.InvariantCulture, $"{NameOf(label)} {score:0.00}"), ColorOf(label));
    }

    /// <summary>Draws boxes without scores, such as annotations.</summary>
    /// <param name="image">The image to draw on.</param>
    /// <param name="boxes">Boxes in pixels of this image.</param>
    /// <param name="labels">Class of each box.</param>
    public void Draw(Image image, ReadOnlySpan<Box> boxes, ReadOnlySpan<int> labels)
    {
        if (boxes.Length != labels.Length)
            throw new ArgumentException($"DetectionPainter.Draw: {boxes.Length} boxes, {labels.Length} labels.");
        var layout = new LabelLayout(image);
        for (var i = 0; i < boxes.Length; i++) DrawFrame(image, boxes[i], labels[i]);
        for (var i = 0; i < boxes.Length; i++) layout.Draw(boxes[i], NameOf(labels[i]), ColorOf(labels[i]));
    }

    /// <summary>The name shown for a label.</summary>
    string NameOf(int label) => label >= 0 && label < classNames.Count ? classNames[label] : $"class {label}";

    /// <summary>Draws a frame in the colour of the class between two thin ones that set it off from any background.</summary>
    static void DrawFrame(Image image, Box box, int label)
    {
        var color = ColorOf(label);
        var thickness = Math.Max(2, (int)Math.Round(Math.Min(image.Height, image.Width) / 350.0));
        var (left, top, right, bottom) = Pixels(box);
        image.DrawRectangle(left - 1, top - 1, right + 1, bottom + 1, color.Contrast, thickness + 2);
        image.DrawRectangle(left, top, right, bottom, color, thickness);
    }

    /// <summary>The pixels that a box touches, ends exclusive. Huge coordinates and NaN are clamped.</summary>
    internal static (int Left, int Top, int Right, int Bottom) Pixels(Box box)
    {
        return (Down(box.X1), Down(box.Y1), Up(box.X2), Up(box.Y2));

        static int Down(float value) => (int)MathF.Floor(Limit(value));
        static int Up(float value) => (int)MathF.Ceiling(Limit(value));
        static float Limit(float value) => Math.Clamp(float.IsNaN(value) ? 0 : value, -1e6f, 1e6f);
    }
}

/// <summary>Writes names beside boxes: inside the image and, where possible, apart from names already written.</summary>
sealed class LabelLayout
{
    const int Padding = 2;

    readonly Image _image;
    readonly double _scale;
    readonly int _stroke;
    readonly List<(int Left, int Top, int Right, int Bottom)> _taken = [];

    public LabelLayout(Image image)
    {
        _image = image;
        _scale = Math.Clamp(Math.Min(image.Height, image.Width) / 1000.0, 0.4, 3);
        _stroke = Math.Max(1, (int)Math.Round(_scale));
    }

    /// <summary>Writes one name on a plate of the given colour.</summary>
    /// <returns>The plate, in pixels of the image; ends are exclusive.</returns>
    public (int Left, int Top, int Right, int Bottom) Draw(Box box, string text, Color color)
    {
        var size = Image.MeasureText(text, _scale, _stroke);
        var plate = Place(DetectionPainter.Pixels(box), size.Height + 2 * Padding, size.Width + 2 * Padding);
        _taken.Add(plate);
        _image.FillRectangle(plate.Left, plate.Top, plate.Right, plate.Bottom, color);
        _image.DrawText(text, plate.Left + Padding, plate.Top + Padding + size.Ascent, _scale, color.Contrast, _stroke);
        return plate;
    }

    /// <summary>The first free place: above the box, below it, inside at the top, inside at the bottom.</summary>
    (int Left, int Top, int Right, int Bottom) Place((int Left, int Top, int Right, int Bottom) box, int height, int width)
    {
        var left = Math.Max(0, Math.Min(box.Left, _image.Width - width));
        int[] tops = [box.Top - height, box.Bottom, box.Top, box.Bottom - height];
        var places = tops.Select(top => (left, top, left + width, top + height)).Where(IsInside).ToArray();
        if (places.Length == 0)
        {
            var top = Math.Max(0, Math.Min(box.Top, _image.Height - height));
            return (left, top, left + width, top + height);
        }
        var free = places.Where(IsFree).ToArray();
        return free.Length > 0 ? free[0] : places[0];
    }

    bool IsInside((int Left, int Top, int Right, int Bottom) plate) => plate.Top >= 0 && plate.Bottom <= _image.Height;

    bool IsFree((int Left, int Top, int Right, int Bottom) plate) => !_taken.Exists(other =>
        plate.Left < other.Right && other.Left < plate.Right && plate.Top < other.Bottom && other.Top < plate.Bottom);
}
