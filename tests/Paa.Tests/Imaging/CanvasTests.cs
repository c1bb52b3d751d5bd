using Paa.Imaging;
using Paa.Imaging.Internals;

namespace Paa.Tests.Imaging;

public class CanvasTests
{
    [Fact]
    public void WholePixels_AreFilledWithoutSoftEdges()
    {
        using var image = new Image(4, 5);
        using (var canvas = new Canvas(image))
        {
            canvas.FillRectangle(-3, -3, 2, 1, Color.White);
            canvas.DrawRectangle(2, 1, 5, 4, new Color(7, 7, 7));
            canvas.FillRectangle(4, 9, 9, 20, Color.White);
        }
        Assert.Equal([
            255, 255, 0, 0, 0,
            0, 0, 7, 7, 7,
            0, 0, 7, 0, 7,
            0, 0, 7, 7, 7,
        ], Blue(image));
    }

    [Fact]
    public void Colors_KeepTheirChannels()
    {
        using var image = new Image(1, 1);
        using (var canvas = new Canvas(image)) canvas.FillRectangle(0, 0, 1, 1, new Color(Red: 10, Green: 20, Blue: 30));
        Assert.Equal([30, 20, 10], image.Pixels.ToArray());
    }

    [Fact]
    public void HalfAPixel_IsDrawnAtHalfStrength()
    {
        using var image = new Image(1, 3);
        using (var canvas = new Canvas(image)) canvas.FillRectangle(0.5, 0, 2, 1, Color.White);
        Assert.InRange(Blue(image)[0], 126, 129);
        Assert.Equal([255, 0], Blue(image)[1..]);
    }

    [Fact]
    public void Opacity_MixesWithWhatWasThere()
    {
        using var image = new Image(1, 1, new Color(100, 100, 100));
        using (var canvas = new Canvas(image)) canvas.FillRectangle(0, 0, 1, 1, Color.White, opacity: 0.2);
        Assert.InRange(Blue(image)[0], 130, 132);
    }

    [Fact]
    public void Nothing_IsDrawnBeforeTheCanvasIsDisposed()
    {
        using var image = new Image(2, 2);
        var canvas = new Canvas(image);
        canvas.FillRectangle(0, 0, 2, 2, Color.White);
        Assert.Equal([0, 0, 0, 0], Blue(image));
        canvas.Dispose();
        canvas.Dispose();
        Assert.Equal([255, 255, 255, 255], Blue(image));
        Assert.Throws<ObjectDisposedException>(() => canvas.FillRectangle(0, 0, 1, 1, Color.Black));
    }

    [Theory]
    [InlineData(double.NaN), InlineData(double.PositiveInfinity), InlineData(double.NegativeInfinity)]
    [InlineData(1e30), InlineData(-1e9)]
    public void AnyCoordinate_IsNoError(double value)
    {
        using var image = new Image(20, 30);
        using (var canvas = new Canvas(image))
        {
            canvas.FillRectangle(value, 3, 5, value, Color.White, value);
            canvas.DrawRectangle(3, value, value, 9, Color.White, value, value);
            canvas.DrawLine(value, 0, 3, value, Color.White, value, value);
            canvas.DrawText(new TextLine("x", 12), value, value, Color.White);
            canvas.DrawText(new TextLine("x", 12), 3, value, Color.White);
            canvas.FillRectangle(28, 18, 30, 20, new Color(1, 2, 3));
        }
        Assert.Equal([3, 2, 1], image.Row(19)[^3..].ToArray());                 // what follows is drawn all the same
    }

    [Fact]
    public void Strips_LeaveNoSeams()
    {
        using var across = Drawn(top: 150);
        using var within = Drawn(top: 3);
        Assert.Equal(within.Crop(0, 3, 50, 200).Pixels.ToArray(), across.Crop(0, 150, 50, 200).Pixels.ToArray());

        static Image Drawn(int top)
        {
            var image = new Image(300, 200, new Color(30, 60, 90));
            using var canvas = new Canvas(image);
            canvas.DrawRectangle(0.3, top, 150.7, top + 49.5, Color.White, 2.5, 5, 0.7);
            canvas.DrawLine(0, top + 1, 190, top + 47, new Color(200, 10, 10), 3);
            canvas.DrawText(new TextLine("Ågypq", 40), 20, top, Color.Black);
            return image;
        }
    }

    [Fact]
    public void Text_StaysInsideItsMeasure()
    {
        var line = new TextLine("gÅ1", 24);
        using var image = new Image(80, 120);
        using (var canvas = new Canvas(image)) canvas.DrawText(line, 10, 20, Color.White);
        var lit = Lit(image);
        Assert.InRange(lit.Min(p => p.X), 10, 13);
        Assert.InRange(lit.Max(p => p.X), 10 + line.Width - 6, 10 + line.Width);
        Assert.InRange(lit.Min(p => p.Y), 20, 20 + line.Ascent / 3);
        Assert.InRange(lit.Max(p => p.Y), 20 + line.Ascent + 2, 20 + line.Height);
    }

    [Fact]
    public void HeapsOfAccents_StayInTheirLine()
    {
        var line = new TextLine("e" + new string('\u0301', 40), 20);
        using var image = new Image(200, 60);
        using (var canvas = new Canvas(image)) canvas.DrawText(line, 10, 100, Color.White);
        Assert.All(Lit(image), p => Assert.InRange(p.Y, 100, 100 + line.Height - 1));
    }

    [Theory]
    [InlineData(1), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(21), InlineData(64)]
    public void Packing_KeepsEveryPixel(int count)
    {
        var pixels = new byte[count * 3];
        new Random(count).NextBytes(pixels);
        var four = new byte[count * 4];
        PixelBytes.AddOpaque(pixels, four);
        for (var i = 0; i < count; i++) Assert.Equal([.. pixels[(i * 3)..(i * 3 + 3)], 255], four[(i * 4)..(i * 4 + 4)]);
        var back = new byte[pixels.Length];
        PixelBytes.DropFourth(four, back);
        Assert.Equal(pixels, back);
    }

    static int[] Blue(Image image) => [.. image.Pixels.ToArray().Chunk(3).Select(pixel => (int)pixel[0])];

    static (int Y, int X)[] Lit(Image image) =>
        [.. Enumerable.Range(0, image.Height * image.Width).Where(i => image.Pixels[i * 3] > 20)
            .Select(i => (i / image.Width, i % image.Width))];
}
