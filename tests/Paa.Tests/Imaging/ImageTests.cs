using Paa.Imaging;

namespace Paa.Tests.Imaging;

public class ImageTests
{
    [Theory]
    [InlineData(".png"), InlineData(".bmp"), InlineData(".tiff")]
    public void Decode_InvertsLosslessEncode(string extension)
    {
        using var image = TestImages.Noise(13, 17);
        using var again = Image.Decode(image.Encode(extension));
        Assert.True(image.Pixels.SequenceEqual(again.Pixels));
    }

    [Theory]
    [InlineData(".jpg"), InlineData(".webp")]
    public void Quality_CostsBytes(string extension)
    {
        using var image = TestImages.Noise(50, 50);
        Assert.True(image.Encode(extension, quality: 95).Length > image.Encode(extension, quality: 20).Length);
    }

    [Fact]
    public void Save_WritesWhatLoadReads()
    {
        using var image = TestImages.Noise(5, 9);
        var path = Path.Combine(Directory.CreateTempSubdirectory("paa").FullName, "a.PNG");
        image.Save(path);
        using var again = Image.Load(path);
        Assert.True(image.Pixels.SequenceEqual(again.Pixels));
    }

    [Fact]
    public void Resize_OfAHalf_IsTheMeanOfFourPixels()
    {
        using var image = TestImages.FromPixels([0, 0, 0, 1, 2, 3, 2, 4, 6, 4, 8, 12], 2, 2);
        using var half = image.Resize(1, 1);
        Assert.Equal([2, 4, 5], half.Pixels.ToArray());            // (7 + 2) / 4, (14 + 2) / 4, (21 + 2) / 4
    }

    [Fact]
    public void Resize_ToTheSameSize_IsACopy()
    {
        using var image = TestImages.Noise(4, 6);
        using var copy = image.Resize(4, 6);
        Assert.True(image.Pixels.SequenceEqual(copy.Pixels));
        copy.Pixels.Clear();
        Assert.False(image.Pixels.SequenceEqual(copy.Pixels));
    }

    [Fact]
    public void DisposedImage_IsNotReadable()
    {
        var image = new Image(2, 2);
        image.Dispose();
        image.Dispose();
        Assert.Throws<ObjectDisposedException>(() => image.Pixels.Length);
    }

    [Fact]
    public void NewImage_HasOneColor()
    {
        using var image = new Image(2, 2, new Color(Red: 1, Green: 2, Blue: 3));
        Assert.Equal([3, 2, 1, 3, 2, 1, 3, 2, 1, 3, 2, 1], image.Pixels.ToArray());
    }

    [Fact]
    public void Rectangles_AreCutAtTheEdges()
    {
        using var image = new Image(4, 5);
        image.FillRectangle(-3, -3, 2, 1, Color.White);
        image.FillRectangle(3, 2, 99, 99, new Color(7, 7, 7));
        image.FillRectangle(4, 9, 9, 20, Color.White);
        Assert.Equal([
            255, 255, 0, 0, 0,
            0, 0, 0, 0, 0,
            0, 0, 0, 7, 7,
            0, 0, 0, 7, 7,
        ], [.. image.Pixels.ToArray().Chunk(3).Select(pixel => (int)pixel[0])]);
    }

    [Fact]
    public void Paste_IsCutAtTheEdges()
    {
        using var image = new Image(2, 2);
        using var patch = new Image(2, 2, Color.White);
        image.Paste(patch, 1, -1);
        image.Paste(patch, -5, 0);
        Assert.Equal([0, 255, 0, 0], [.. image.Pixels.ToArray().Chunk(3).Select(pixel => (int)pixel[0])]);
    }

    [Theory]
    [InlineData(0, 0, 0, 0), InlineData(255, 255, 255, 1), InlineData(255, 0, 0, 0.2126), InlineData(119, 119, 119, 0.184)]
    public void Luminance_IsThatOfWcag(byte red, byte green, byte blue, double expected) =>
        Assert.Equal(expected, new Color(red, green, blue).Luminance, 3);

    [Fact]
    public void Color_ReadsAsInAWebPage() => Assert.Equal("#ff8000", new Color(255, 128, 0).ToString());
}
