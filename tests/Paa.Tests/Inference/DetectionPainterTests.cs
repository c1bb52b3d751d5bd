using Paa.Boxes;
using Paa.Imaging;
using Paa.Inference;

namespace Paa.Tests.Inference;

public class DetectionPainterTests
{
    static readonly DetectionPainter Painter = new(["circle", "long name of a class", "Öl"]);

    [Fact]
    public void Frame_HasTheColorOfTheClass()
    {
        using var image = new Image(100, 200, Color.White);
        Painter.Draw(image, [new Detection(new Box(50, 40, 150, 80), 0.9f, 0)]);
        var color = DetectionPainter.ColorOf(0);
        Assert.Equal(color, At(image, 40, 149));
        Assert.Equal(color, At(image, 79, 149));
        Assert.Equal(color, At(image, 60, 50));
        Assert.Equal(color, At(image, 60, 149));
        Assert.Equal(Color.White, At(image, 60, 100));                 // the inside stays visible
        Assert.Equal(Color.White, At(image, 60, 47));
    }

    [Theory]
    [InlineData(50, 40, 150, 80), InlineData(0, 0, 200, 100), InlineData(190, 2, 199, 30), InlineData(180, 95, 199, 99)]
    [InlineData(-50, -50, 20, 20), InlineData(5000, 5000, 9000, 9000), InlineData(float.NaN, 0, float.PositiveInfinity, 5)]
    public void Name_StaysInsideTheImage(float x1, float y1, float x2, float y2)
    {
        using var image = new Image(100, 200);
        var (left, top, right, bottom) = PlateOf(image, new Box(x1, y1, x2, y2), "circle");
        Assert.InRange(left, 0, right);
        Assert.InRange(right, left + 40, 200);
        Assert.InRange(top, 0, bottom);
        Assert.InRange(bottom, top + 8, 100);
        Painter.Draw(image, [new Detection(new Box(x1, y1, x2, y2), 0.9f, 0)]);
        Assert.Equal(DetectionPainter.ColorOf(0), At(image, (top + bottom) / 2, left + 2));
    }

    [Theory]
    [InlineData(0, "circle"), InlineData(2, "Öl"), InlineData(4, "class 4")]
    public void Name_IsLegibleOnItsPlate(int label, string name)
    {
        using var image = new Image(100, 200);
        var (box, color) = (new Box(20, 40, 90, 80), DetectionPainter.ColorOf(label));
        Painter.Draw(image, [new Detection(box, 0.5f, label)]);
        var (left, top, right, bottom) = PlateOf(image, box, name);
        var (plate, letters) = (0, 0);
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++)
            {
                if (At(image, y, x) == color) plate++;
                if (ContrastRatio(At(image, y, x), color) > 3) letters++;
            }
        Assert.InRange(letters / (double)((right - left) * (bottom - top)), 0.05, 0.5);
        Assert.True(plate > letters);
    }

    [Fact]
    public void LongName_IsCutAndItsScoreIsNot()
    {
        using var image = new Image(300, 400);
        var style = BoxStyle.For(image);
        var text = style.Text(new string('x', 500), "0.87", 200);
        Assert.InRange(text.Width, 150, 200);
        Assert.Equal(new TextLine("0.87", style.FontSize).Width, text.Score!.Width);
    }

    [Fact]
    public void LinesAndLetters_GrowWithTheImage()
    {
        using var small = new Image(480, 640);
        using var large = new Image(2400, 3200);
        Assert.Equal(2, BoxStyle.For(small).Line);
        Assert.Equal(8, BoxStyle.For(large).Line);
        Assert.True(BoxStyle.For(large).FontSize > 2 * BoxStyle.For(small).FontSize);
    }

    [Fact]
    public void TinyObject_StaysVisibleInItsFrame()
    {
        using var image = new Image(100, 200, Color.White);
        Painter.Draw(image, [new Box(100, 50, 104, 54)], [4]);
        Assert.Equal(Color.White, At(image, 52, 102));
    }

    [Fact]
    public void SameDetections_AreDrawnTheSame()
    {
        var random = new Random(3);
        var found = Enumerable.Range(0, 40)
            .Select(i => new Detection(new Box(i * 5, random.Next(200), i * 5 + random.Next(4, 90), 250), 0.9f, i)).ToArray();
        using var image = new Image(300, 300);
        using var again = new Image(300, 300);
        Painter.Draw(image, found);
        Painter.Draw(again, found);
        Assert.Equal(image.Pixels.ToArray(), again.Pixels.ToArray());
    }

    [Fact]
    public void NoDetections_LeaveTheImageAsItIs()
    {
        using var image = new Image(10, 10, new Color(1, 2, 3));
        Painter.Draw(image, []);
        Assert.Equal(Enumerable.Repeat<byte[]>([3, 2, 1], 100).SelectMany(pixel => pixel), image.Pixels.ToArray());
    }

    [Fact]
    public void Frame_OfTheFirst_IsOnTop()
    {
        using var image = new Image(100, 200);
        Painter.Draw(image, [new Detection(new Box(50, 40, 150, 80), 0.9f, 1), new Detection(new Box(50, 40, 150, 80), 0.5f, 0)]);
        Assert.Equal(DetectionPainter.ColorOf(1), At(image, 79, 149));
    }

    [Fact]
    public void Annotations_AreDrawnWithoutScore()
    {
        using var image = new Image(100, 200);
        Painter.Draw(image, [new Box(10, 20, 60, 60), new Box(80, 20, 90, 60)], [2, 99]);
        Assert.Equal(DetectionPainter.ColorOf(2), At(image, 59, 30));
        Assert.Equal(DetectionPainter.ColorOf(99), At(image, 59, 85));
        Assert.Throws<ArgumentException>(() => Painter.Draw(image, [new Box(0, 0, 1, 1)], []));
    }

    /// <summary>Where the painter puts the name of a single object with a score.</summary>
    static PixelRectangle PlateOf(Image image, Box box, string name)
    {
        var style = BoxStyle.For(image);
        var text = style.Text(name, "0.90", image.Width);
        var frame = style.Frame(box);
        return new LabelLayout(image.Height, image.Width, [frame]).Place(frame, text.Height, text.Width);
    }

    static double ContrastRatio(Color a, Color b) =>
        (Math.Max(a.Luminance, b.Luminance) + 0.05) / (Math.Min(a.Luminance, b.Luminance) + 0.05);

    static Color At(Image image, int y, int x)
    {
        var pixel = image.Row(y).Slice(x * 3, 3);
        return new Color(pixel[2], pixel[1], pixel[0]);
    }
}
