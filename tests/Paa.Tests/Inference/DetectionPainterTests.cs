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
        var box = new Box(x1, y1, x2, y2);
        var (left, top, right, bottom) = new LabelLayout(image).Draw(box, "a circle 0.92", DetectionPainter.ColorOf(0));
        Assert.InRange(left, 0, right);
        Assert.InRange(right, left + 40, 200);
        Assert.InRange(top, 0, bottom);
        Assert.InRange(bottom, top + 8, 100);
    }

    [Fact]
    public void Name_IsLegibleOnItsPlate()
    {
        using var image = new Image(100, 200);
        var color = DetectionPainter.ColorOf(0);
        var (left, top, right, bottom) = new LabelLayout(image).Draw(new Box(20, 40, 90, 80), "circle", color);
        var (plate, letters) = (0, 0);
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++)
            {
                var distance = Math.Abs(At(image, y, x).Luma - color.Luma);
                if (distance < 30) plate++;
                if (distance > 70) letters++;
            }
        Assert.InRange(letters / (double)((right - left) * (bottom - top)), 0.05, 0.5);
        Assert.True(plate > letters);
    }

    [Fact]
    public void Names_OfTheSameBox_DoNotCover()
    {
        using var image = new Image(300, 300);
        var layout = new LabelLayout(image);
        var box = new Box(50, 100, 200, 200);
        var plates = Enumerable.Range(0, 4).Select(i => layout.Draw(box, $"name {i}", Color.White)).ToArray();
        Assert.Equal(4, plates.Select(plate => plate.Top).Distinct().Count());
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

    [Fact]
    public void Colors_OfTheFirstClasses_AreDistinct()
    {
        var colors = Enumerable.Range(0, 20).Select(DetectionPainter.ColorOf).ToArray();
        for (var i = 0; i < colors.Length; i++)
            for (var j = 0; j < i; j++)
                Assert.True(Distance(colors[i], colors[j]) > 40, $"{i}: {colors[i]}, {j}: {colors[j]}");

        static int Distance(Color a, Color b) =>
            Math.Abs(a.Red - b.Red) + Math.Abs(a.Green - b.Green) + Math.Abs(a.Blue - b.Blue);
    }

    static Color At(Image image, int y, int x)
    {
        var pixel = image.Row(y).Slice(x * 3, 3);
        return new Color(pixel[2], pixel[1], pixel[0]);
    }
}
