using Paa.Imaging;

namespace Paa.Data.Synth;

/// <summary>Draws one image: a background, distracting lines, perhaps a crowd, and objects that may cover each other.</summary>
/// <remarks>Colours and textures do not depend on the class: only the outline reveals it.</remarks>
sealed class SynthScene(SynthOptions options, SynthRandom random)
{
    const int Attempts = 40;
    const double BackgroundContrast = 90, ObjectContrast = 50;      // least distance of colours, out of 441

    readonly List<Color> _colors = [];
    readonly List<(int Category, bool IsCrowd)> _owners = [];

    double ShortSide => Math.Min(options.Height, options.Width);

    /// <summary>Draws the image.</summary>
    /// <param name="canvas">A canvas of the size of the options.</param>
    /// <returns>Its annotations, not yet with ids.</returns>
    public CocoAnnotation[] Draw(SynthCanvas canvas)
    {
        DrawBackground(canvas);
        if (!random.Chance(options.EmptyRatio))
        {
            if (random.Chance(options.CrowdRatio)) DrawCrowd(canvas);
            for (var left = random.Whole(1, options.MaxObjects); left > 0; left--) DrawObject(canvas);
        }
        var objects = canvas.Extents().Zip(_owners, (extent, owner) => new CocoAnnotation(
            Id: 0, extent.Left, extent.Top, extent.Width, extent.Height, extent.Area,
            owner.Category, owner.IsCrowd, IsUsable: true));
        return [.. objects.Where(item => item.Area > 0)];
    }

    void DrawBackground(SynthCanvas canvas)
    {
        var first = AnyColor();
        var second = Near(first, 45);
        _colors.AddRange([first, second]);
        canvas.PaintBackground(new SynthTexture(random, first, second, ShortSide));
        for (var lines = random.Whole(0, 5); lines > 0; lines--)
        {
            var color = AnyColor();
            canvas.PaintLine(
                random.Uniform(0, canvas.Width), random.Uniform(0, canvas.Height),
                random.Uniform(0, canvas.Width), random.Uniform(0, canvas.Height),
                random.Uniform(1, 4), new SynthTexture(random, color, Near(color, 30), ShortSide));
        }
    }

    /// <summary>Draws a dozen or more small objects side by side that share one owner of pixels.</summary>
    void DrawCrowd(SynthCanvas canvas)
    {
        var category = random.Whole(0, options.Shapes.Length - 1);
        var radius = ShortSide * random.Uniform(0.025, 0.04);
        var (columns, rows) = (random.Whole(4, 7), random.Whole(3, 4));
        var left = random.Uniform(radius, canvas.Width - columns * 2 * radius);
        var top = random.Uniform(radius, canvas.Height - rows * 2 * radius);
        canvas.AddOwner();
        _owners.Add((category, true));
        for (var i = 0; i < columns * rows; i++)
        {
            var x = left + (i % columns * 2 + random.Uniform(0, 0.8)) * radius;
            var y = top + (i / columns * 2 + random.Uniform(0, 0.8)) * radius;
            var (size, angle) = (radius * random.Uniform(0.75, 1), random.Uniform(0, Math.Tau));
            PaintShape(canvas, new ShapeOutline(options.Shapes[category], x, y, size, angle, Stretch: 1), ObjectColor());
        }
    }

    /// <summary>Draws one object where there is room for it; gives up after a number of attempts.</summary>
    void DrawObject(SynthCanvas canvas)
    {
        var category = random.Whole(0, options.Shapes.Length - 1);
        var (low, high) = (options.MinSize * ShortSide / 2, options.MaxSize * ShortSide / 2);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var radius = Math.Exp(random.Uniform(Math.Log(low), Math.Log(high)));
            var shape = new ShapeOutline(
                options.Shapes[category],
                random.Uniform(0.6 * radius, canvas.Width - 0.6 * radius),
                random.Uniform(0.6 * radius, canvas.Height - 0.6 * radius),
                radius, random.Uniform(0, Math.Tau), Math.Exp(random.Uniform(-0.25, 0.25)));
            if (!canvas.HasRoom(shape, options.MaxOcclusion)) continue;
            canvas.AddOwner();
            _owners.Add((category, false));
            PaintShape(canvas, shape, ObjectColor());
            return;
        }
    }

    void PaintShape(SynthCanvas canvas, ShapeOutline shape, Color color)
    {
        var rim = random.Chance(0.5) ? random.Uniform(0.4, 0.8) : 1;
        canvas.Paint(shape, new SynthTexture(random, color, Near(color, 35), shape.Radius * 2), rim);
    }

    /// <summary>A colour that stands out from the background and, as far as possible, from the other objects.</summary>
    Color ObjectColor()
    {
        var color = AnyColor();
        for (var attempt = 0; attempt < Attempts && !StandsOut(color, strict: attempt < Attempts / 2); attempt++)
            color = AnyColor();
        _colors.Add(color);
        return color;
    }

    bool StandsOut(Color color, bool strict)
    {
        for (var i = 0; i < (strict ? _colors.Count : 2); i++)      // the first two colours are those of the background
            if (Distance(color, _colors[i]) < (i < 2 ? BackgroundContrast : ObjectContrast)) return false;
        return true;
    }

    Color AnyColor() => new((byte)random.Whole(15, 240), (byte)random.Whole(15, 240), (byte)random.Whole(15, 240));

    Color Near(Color color, int distance)
    {
        return new Color(Shift(color.Red), Shift(color.Green), Shift(color.Blue));

        byte Shift(byte value) => (byte)Math.Clamp(value + random.Whole(-distance, distance), 0, 255);
    }

    static double Distance(Color a, Color b) =>
        Math.Sqrt(Math.Pow(a.Red - b.Red, 2) + Math.Pow(a.Green - b.Green, 2) + Math.Pow(a.Blue - b.Blue, 2));
}
