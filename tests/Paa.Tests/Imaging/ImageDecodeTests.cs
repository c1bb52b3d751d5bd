using Paa.Imaging;

namespace Paa.Tests.Imaging;

/// <summary>Every kind of file decodes to what OpenCV's Python package decodes (see <c>make_images.py</c>).</summary>
public class ImageDecodeTests
{
    public static TheoryData<string> Files => [.. TestImages.Names];

    [Theory, MemberData(nameof(Files))]
    public void Load_EqualsOpenCv(string name)
    {
        using var expected = Image.Load(TestImages.PathOf(name + ".expected.png"));
        using var image = Image.Load(TestImages.PathOf(name));
        Assert.Equal((expected.Height, expected.Width), (image.Height, image.Width));
        Assert.True(image.Pixels.SequenceEqual(expected.Pixels));
    }

    [Theory, MemberData(nameof(Files))]
    public void Header_TellsTheDecodedSize(string name)
    {
        var header = ImageHeader.Read(TestImages.Bytes(name), name);
        using var image = Image.Load(TestImages.PathOf(name));
        Assert.Equal((image.Height, image.Width), (header.Height, header.Width));
    }

    [Fact]
    public void Content_DecidesTheFormat_NotTheName()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("paa").FullName, "png.jpg");
        File.Copy(TestImages.PathOf("rgb.png"), file);
        using var image = Image.Load(file);
        Assert.Equal(21, image.Height);
    }

    [Fact]
    public void JpegWithoutItsEndMarker_IsComplete()
    {
        var bytes = TestImages.Bytes("baseline.jpg");
        using var whole = Image.Decode(bytes);
        using var image = Image.Decode(bytes.AsSpan(0, bytes.Length - 2));
        Assert.True(image.Pixels.SequenceEqual(whole.Pixels));
    }

    [Fact]
    public void JpegWithBytesAfterItsEnd_IsComplete()
    {
        var bytes = TestImages.Bytes("baseline.jpg");
        using var whole = Image.Decode(bytes);
        using var image = Image.Decode([.. bytes, .. new byte[1000]]);
        Assert.True(image.Pixels.SequenceEqual(whole.Pixels));
    }

    [Fact]
    public void DamageInsideAJpeg_IsDecodedAsOpenCvDoes()
    {
        var bytes = TestImages.Bytes("baseline.jpg");
        bytes.AsSpan(bytes.Length - 300, 20).Clear();
        using var image = Image.Decode(bytes);
        Assert.Equal((21, 34), (image.Height, image.Width));
    }

    [Fact]
    public void ManyThreads_DecodeTheSamePixels()
    {
        var files = TestImages.Names.ToArray();
        var expected = files.Select(Pixels).ToArray();
        Parallel.For(0, 400, i => Assert.Equal(expected[i % files.Length], Pixels(files[i % files.Length])));

        static byte[] Pixels(string name)
        {
            using var image = Image.Load(TestImages.PathOf(name));
            return image.Pixels.ToArray();
        }
    }
}
