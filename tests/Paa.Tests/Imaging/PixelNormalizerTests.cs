using Paa.Imaging;

namespace Paa.Tests.Imaging;

public class PixelNormalizerTests
{
    static readonly double[] Mean = [123.675, 116.28, 103.53];
    static readonly double[] Std = [58.395, 57.12, 57.375];

    /// <summary>The rule, one element at a time; widths on both sides of the vector length.</summary>
    [Theory]
    [InlineData(1, 1, false, false), InlineData(3, 15, true, false), InlineData(2, 16, false, true)]
    [InlineData(2, 17, true, true)]
    [InlineData(5, 33, false, false), InlineData(5, 100, true, false)]
    public void Write_FollowsTheRule(int height, int width, bool flipHorizontal, bool flipVertical)
    {
        using var image = TestImages.Noise(height, width);
        foreach (var toRgb in new[] { true, false })
        {
            var (canvasHeight, canvasWidth) = (height + 2, width + 3);
            var canvas = new float[3 * canvasHeight * canvasWidth];
            canvas.AsSpan().Fill(float.NaN);
            new PixelNormalizer(Mean, Std, toRgb).Write(image, flipHorizontal, flipVertical, canvas, canvasHeight, canvasWidth);
            for (var plane = 0; plane < 3; plane++)
                for (var y = 0; y < canvasHeight; y++)
                    for (var x = 0; x < canvasWidth; x++)
                        Assert.Equal(Expected(plane, y, x, toRgb), canvas[(plane * canvasHeight + y) * canvasWidth + x]);
        }

        float Expected(int plane, int y, int x, bool toRgb)
        {
            if (y >= height || x >= width) return 0;
            var (sourceY, sourceX) = (flipVertical ? height - 1 - y : y, flipHorizontal ? width - 1 - x : x);
            var value = image.Row(sourceY)[sourceX * 3 + (toRgb ? 2 - plane : plane)];
            return (float)((double)((float)value - (float)Mean[plane]) * (1.0 / (double)(float)Std[plane]));
        }
    }

    [Fact]
    public void Write_OfFloats_EqualsThatOfTheSameBytes()
    {
        using var image = TestImages.Noise(5, 33);
        using var floats = new FloatImage(image);
        var normalizer = new PixelNormalizer(Mean, Std);
        var (expected, actual) = (new float[3 * 7 * 40], new float[3 * 7 * 40]);
        actual.AsSpan().Fill(float.NaN);
        foreach (var flip in new[] { false, true })
        {
            normalizer.Write(image, flip, flip, expected, 7, 40);
            normalizer.Write(floats, flip, flip, actual, 7, 40);
            Assert.Equal(expected, actual);
        }
    }

    /// <summary>Whatever the numbers: those that float32 arithmetic would round otherwise are done in float64.</summary>
    [Fact]
    public void AnyMeanAndDeviation_FollowTheRule()
    {
        var random = new Random(3);
        using var image = TestImages.Noise(4, 64);
        var canvas = new float[3 * 4 * 64];
        for (var i = 0; i < 300; i++)
        {
            double[] mean = [.. Enumerable.Range(0, 3).Select(_ => random.NextDouble() * 255)];
            double[] std = [.. Enumerable.Range(0, 3).Select(_ => 0.01 + random.NextDouble() * 100)];
            new PixelNormalizer(mean, std, toRgb: false).Write(image, false, false, canvas, 4, 64);
            for (var at = 0; at < canvas.Length; at++)
            {
                var (plane, pixel) = (at / 256, at % 256);
                var centred = image.Pixels[pixel * 3 + plane] - (float)mean[plane];
                Assert.Equal((float)(centred * (1.0 / (float)std[plane])), canvas[at]);
            }
        }
    }

    /// <summary>Vector and table must agree for each of the 256 bytes.</summary>
    [Fact]
    public void Write_GivesEveryByteOneValue()
    {
        using var image = new Image(1, 256 + 16);
        for (var x = 0; x < image.Width; x++) image.Row(0).Slice(x * 3, 3).Fill((byte)x);
        var normalizer = new PixelNormalizer(Mean, Std);
        var whole = new float[3 * image.Width];
        normalizer.Write(image, false, false, whole, 1, image.Width);
        for (var value = 0; value < 256; value++)
        {
            using var pixel = new Image(1, 1, new Color((byte)value, (byte)value, (byte)value));
            var single = new float[3];
            normalizer.Write(pixel, false, false, single, 1, 1);
            for (var plane = 0; plane < 3; plane++) Assert.Equal(single[plane], whole[plane * image.Width + value]);
        }
    }

    [Fact]
    public void WrongArguments_AreNamed()
    {
        using var image = new Image(2, 2);
        var error = Assert.Throws<ArgumentException>(() => new PixelNormalizer([0, 0, 0], [1, 0, 1]));
        Assert.Equal("PixelNormalizer: std[1] is 0.", error.Message);
        Assert.Throws<ArgumentException>(() => new PixelNormalizer([0], [1]));
        var normalizer = new PixelNormalizer(Mean, Std);
        Assert.Throws<ArgumentException>(() => normalizer.Write(image, false, false, new float[3 * 2 * 1], 2, 1));
        Assert.Throws<ArgumentException>(() => normalizer.Write(image, false, false, new float[11], 2, 2));
    }
}
