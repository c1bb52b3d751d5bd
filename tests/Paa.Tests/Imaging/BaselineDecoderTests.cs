using System.Runtime.Intrinsics.X86;
using Paa.Imaging;
using Paa.Imaging.Internals;
using Paa.Imaging.Jpeg;
using SkiaSharp;

namespace Paa.Tests.Imaging;

/// <summary>The fast JPEG decoder against Skia's: the same pixels, or none.</summary>
public class BaselineDecoderTests
{
    [SkippableTheory]
    [InlineData(SKJpegEncoderDownsample.Downsample420), InlineData(SKJpegEncoderDownsample.Downsample422)]
    [InlineData(SKJpegEncoderDownsample.Downsample444)]
    public void Photographs_HaveThePixelsOfSkia(SKJpegEncoderDownsample downsample)
    {
        SkipWithoutVectors();
        foreach (var (height, width) in new[] { (5, 5), (16, 16), (17, 33), (64, 63), (123, 77), (130, 258) })
            foreach (var quality in new[] { 5, 50, 92, 100 })
            {
                using var small = TestImages.Noise((height + 5) / 6, (width + 5) / 6, quality);
                using var image = small.Resize(height, width);
                AssertEqualsSkia(Encode(image, new SKJpegEncoderOptions(quality, downsample, SKJpegEncoderAlphaOption.Ignore)));
            }
    }

    [SkippableTheory]
    [InlineData("baseline.jpg"), InlineData("gray.jpg"), InlineData("restart.jpg"), InlineData("exif6.jpg")]
    public void FilesOfOpenCv_HaveThePixelsOfSkia(string name)
    {
        SkipWithoutVectors();
        AssertEqualsSkia(TestImages.Bytes(name));
    }

    [Theory]
    [InlineData("progressive.jpg"), InlineData("cmyk.jpg"), InlineData("rgb.png")]
    public void OtherFiles_AreLeftToOthers(string name)
    {
        using var image = new Image(21, 34);
        Assert.False(BaselineDecoder.TryDecode(TestImages.Bytes(name), image));
    }

    [Fact]
    public void FileThatEndsEarly_IsLeftToOthers()
    {
        var bytes = TestImages.Bytes("baseline.jpg");
        using var image = new Image(21, 34);
        for (var length = 0; length < bytes.Length - 3; length++)
            Assert.False(BaselineDecoder.TryDecode(bytes.AsSpan(0, length), image), $"{length} of {bytes.Length} bytes");
    }

    [Theory]
    [InlineData("baseline.jpg"), InlineData("restart.jpg"), InlineData("gray.jpg")]
    public void Damage_IsFoundOrDecoded(string name)
    {
        var random = new Random(9);
        using var image = new Image(21, 34);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = TestImages.Bytes(name);
            for (var change = 0; change < 1 + i % 4; change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            BaselineDecoder.TryDecode(bytes, image);
        }
    }

    static void AssertEqualsSkia(byte[] file)
    {
        var header = ImageHeader.Read(file, "file");
        var (height, width) = header.Orientation >= 5 ? (header.Width, header.Height) : (header.Height, header.Width);
        using var fast = new Image(height, width);
        using var skia = new Image(height, width);
        Assert.True(BaselineDecoder.TryDecode(file, fast));
        SkiaDecoder.Decode(file, skia, inBands: true, "file");
        Assert.True(fast.Pixels.SequenceEqual(skia.Pixels), $"{height}x{width}");
    }

    static unsafe byte[] Encode(Image image, SKJpegEncoderOptions options)
    {
        var pixels = new byte[image.Height * image.Width * 4];
        PixelBytes.AddOpaque(image.Pixels, pixels);
        fixed (byte* address = pixels)
        {
            var info = new SKImageInfo(image.Width, image.Height, SKColorType.Bgra8888, SKAlphaType.Opaque);
            using var pixmap = new SKPixmap(info, (nint)address);
            using var file = pixmap.Encode(options);
            return file!.ToArray();
        }
    }

    static void SkipWithoutVectors() => Skip.IfNot(Avx2.IsSupported, "this processor has no AVX2");
}
