using Paa.Boxes;
using Paa.Imaging;

namespace Paa.Inference;

/// <summary>Writes names beside boxes: inside the image, and off the names already written where that is possible.</summary>
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

    /// <summary>Above the box, else below, else inside at the top, else inside at the bottom; the first that is free.</summary>
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
