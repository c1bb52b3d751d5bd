using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Paa.Imaging;
using Paa.Imaging.Resizing;

namespace Paa.Tests.Imaging;

/// <summary>Resizing gives OpenCV's bits, at any size, with vectors and without.</summary>
public class ResizeTests
{
    const int FloatKind = 9;

    [Fact]
    public void Resize_EqualsOpenCv()
    {
        var lines = File.ReadAllLines(Path.Combine(TestImages.Folder, "..", "resize.txt"));
        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            var fields = line.Split(' ');
            var numbers = fields[..6].Select(int.Parse).ToArray();
            using var source = Picture(numbers[0], numbers[1], (uint)numbers[5]);
            Assert.Equal(fields[6], numbers[4] == FloatKind
                ? HashOfFloats(source, numbers[2], numbers[3])
                : HashOfBytes(source, numbers[2], numbers[3], (Interpolation)numbers[4]));
        });
    }

    [SkippableTheory]
    [InlineData(false), InlineData(true)]
    public void Vectors_GiveWhatPlainArithmeticGives(bool byArea)
    {
        Skip.IfNot(Avx2.IsSupported, "this processor has no AVX2");
        var random = new Random(2);
        for (var i = 0; i < 300; i++)
        {
            using var source = TestImages.Noise(random.Next(1, 40), random.Next(1, 90), i);
            var (height, width) = (random.Next(1, 60), random.Next(1, 120));
            using var plain = new Image(height, width);
            using var fast = new Image(height, width);
            LinearResize.Plain(source, plain, byArea);
            LinearResize.Vectorised(source, fast, byArea);
            Assert.True(plain.Pixels.SequenceEqual(fast.Pixels), $"{source.Height}x{source.Width} to {height}x{width}");
        }
    }

    [Fact]
    public void OneColor_StaysOneColor()
    {
        using var image = new Image(7, 5, new Color(10, 20, 250));
        foreach (var interpolation in Enum.GetValues<Interpolation>())
            foreach (var (height, width) in new[] { (3, 2), (50, 41), (1, 1), (7, 9), (2, 30) })
            {
                using var resized = image.Resize(height, width, interpolation);
                Assert.All(resized.Pixels.ToArray().Chunk(3), pixel => Assert.Equal([250, 20, 10], pixel));
            }
    }

    static string HashOfBytes(Image source, int height, int width, Interpolation interpolation)
    {
        using var resized = source.Resize(height, width, interpolation);
        return Hash(resized.Pixels);
    }

    static string HashOfFloats(Image source, int height, int width)
    {
        using var floats = new FloatImage(source);
        using var resized = floats.Resize(height, width);
        return Hash(MemoryMarshal.AsBytes(resized.Pixels));
    }

    static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA1.HashData(bytes));

    /// <summary>The same bytes as in <c>make_resize.py</c>.</summary>
    static Image Picture(int height, int width, uint state)
    {
        var image = new Image(height, width);
        foreach (ref var value in image.Pixels)
        {
            state = unchecked(state * 1664525 + 1013904223);
            value = (byte)(state >> 24);
        }
        return image;
    }
}
