using System.Runtime.InteropServices;
using Paa.Boxes;
using Paa.Tests.Golden;

namespace Paa.Tests.Boxes;

public class BoxCoderTests
{
    static readonly Box Anchor = new(10, 20, 30, 60);                   // centre (20, 40), 20 x 40

    [Fact]
    public void Encode_IsHandComputed()
    {
        var deltas = BoxCoder.Encode(Anchor, new Box(12, 20, 32, 100));     // centre (22, 60), 20 x 80
        Assert.Equal(1f, deltas.X, 1e-6f);                                  // 2 / 20 / 0.1
        Assert.Equal(5f, deltas.Y, 1e-6f);                                  // 20 / 40 / 0.1
        Assert.Equal(0f, deltas.Width);
        Assert.Equal(5 * MathF.Log(2), deltas.Height, 1e-6f);
    }

    [Fact]
    public void Decode_OfZero_IsTheAnchor() => Assert.Equal(Anchor, BoxCoder.Decode(Anchor, default));

    [Fact]
    public void Decode_InvertsEncode()
    {
        var random = new Random(2);
        for (var i = 0; i < 1000; i++)
        {
            var (anchor, box) = (RandomBoxes.Next(random, 100), RandomBoxes.Next(random, 100));
            var decoded = BoxCoder.Decode(anchor, BoxCoder.Encode(anchor, box));
            GoldenAssert.Close(Flat([box]), Flat([decoded]), 1e-4);         // float32 at coordinates of 100
        }
    }

    [Theory]
    [InlineData(1e9f, 62.5f)]
    [InlineData(-1e9f, 1 / 62.5f)]
    public void Decode_ClampsTheSizeButNotTheShift(float delta, float ratio)
    {
        var decoded = BoxCoder.Decode(Anchor, new BoxDeltas(1000, 0, delta, 0));
        Assert.Equal(20 * ratio, decoded.Width, 1e-2f);
        Assert.Equal(20 + 20 * 100, (decoded.X1 + decoded.X2) / 2, 1e-2f);
    }

    [Fact]
    public void Clip_CutsAtTheImage()
    {
        Assert.Equal(new Box(0, 0, 50, 40), BoxCoder.Clip(new Box(-5, -1, 60, 70), new ImageSize(40, 50)));
        Assert.Equal(0, BoxCoder.Clip(new Box(60, 5, 70, 9), new ImageSize(40, 50)).Area);
    }

    [SkippableFact]
    [Trait("Category", "Golden")]
    public void EncodeAndDecode_MatchGolden()
    {
        var data = GoldenFolder.Arrays("losses/coder.npz");
        var anchors = data.Boxes("anchors");
        var encoded = anchors.Zip(data.Boxes("boxes"), (anchor, box) => BoxCoder.Encode(anchor, box)).ToArray();
        GoldenAssert.Close(data.Floats("encoded"), MemoryMarshal.Cast<BoxDeltas, float>(encoded), 1e-3, 1e-5);

        var deltas = MemoryMarshal.Cast<float, BoxDeltas>(data.Floats("deltas")).ToArray();
        var decoded = anchors.Zip(deltas, (anchor, delta) => BoxCoder.Decode(anchor, delta)).ToArray();
        GoldenAssert.Close(data.Floats("decoded"), Flat(decoded), 1e-3, 1e-5);
        var size = new ImageSize(240, 333);                             // stated in the README
        var clipped = decoded.Select(box => BoxCoder.Clip(box, size)).ToArray();
        GoldenAssert.Close(data.Floats("decoded_clipped"), Flat(clipped), 1e-3, 1e-5);
    }

    static float[] Flat(Box[] boxes) => MemoryMarshal.Cast<Box, float>(boxes).ToArray();
}
