using Paa.Data;
using Paa.Imaging;
using Paa.Options;
using Paa.Tests.Golden;
using Paa.Tests.Imaging;

namespace Paa.Tests.Data;

public class ColorDistortionTests
{
    const double Tolerance = 1e-3;      // of values up to 360: another OpenCV may fuse multiplications

    static readonly ColorDistortionOptions Options = new();

    static ColorDistortion[] Draws { get; } =
        [.. Enumerable.Range(0, 4000).Select(i => ColorDistortion.Draw(Options, new SampleRandom(0, 0, i)))];

    [Fact]
    public void Draw_MakesEachChangeHalfOfTheTime()
    {
        Assert.InRange(Draws.Count(d => d.Brightness != 0), 1850, 2150);
        Assert.InRange(Draws.Count(d => d.Saturation != 1), 1850, 2150);
        Assert.InRange(Draws.Count(d => d.Hue != 0), 1850, 2150);
        Assert.InRange(Draws.Count(d => d.EarlyContrast != 1), 880, 1120);
        Assert.InRange(Draws.Count(d => d.LateContrast != 1), 880, 1120);
        Assert.DoesNotContain(Draws, d => d.EarlyContrast != 1 && d.LateContrast != 1);
    }

    [Fact]
    public void Draw_StaysInTheRanges()
    {
        Assert.InRange(Draws.Min(d => d.Brightness), -32, -31);
        Assert.InRange(Draws.Max(d => d.Brightness), 31, 32);
        Assert.InRange(Draws.Min(d => d.Hue), -18, -17.5f);
        Assert.InRange(Draws.Max(d => d.Hue), 17.5f, 18);
        Assert.InRange(Draws.Min(d => d.Saturation), 0.5f, 0.51f);
        Assert.InRange(Draws.Max(d => d.LateContrast), 1.48f, 1.5f);
    }

    [Fact]
    public void Draw_SwapsChannelsInEveryOrder()
    {
        var orders = Draws.GroupBy(d => d.Channels).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(6, orders.Count);
        Assert.InRange(orders[(0, 1, 2)], 2180, 2480);                      // 1/2 + 1/12
        Assert.InRange(orders[(2, 1, 0)], 260, 410);
    }

    [SkippableFact]
    [Trait("Category", "Golden")]
    public void Conversions_AreThoseOfOpenCv()
    {
        var golden = GoldenFolder.Arrays("augment/augment.npz");
        using var image = Source(golden);
        using var floats = new FloatImage(image);
        floats.ToHsv();
        GoldenAssert.Close(golden.Floats("hsv"), floats.Pixels, Tolerance, what: "hsv");
        floats.ToBgr();
        GoldenAssert.Close(golden.Floats("bgr"), floats.Pixels, Tolerance, what: "bgr");
    }

    [SkippableFact]
    [Trait("Category", "Golden")]
    public void Apply_GivesThePixelsOfOpenCv()
    {
        var golden = GoldenFolder.Arrays("augment/augment.npz");
        using var image = Source(golden);
        foreach (var (i, numbers) in golden.Doubles("distort_numbers").Chunk(5).Index())
        {
            using var distorted = Case(golden, i, numbers).Apply(image);
            GoldenAssert.Close(golden.Floats($"distorted_{i}"), distorted.Pixels, Tolerance, what: $"distorted_{i}");
        }
    }

    [SkippableFact]
    [Trait("Category", "Golden")]
    public void Resize_GivesThePixelsOfOpenCv()
    {
        const int Index = 7;
        var golden = GoldenFolder.Arrays("augment/augment.npz");
        using var image = Source(golden);
        using var distorted = Case(golden, Index, golden.Doubles("distort_numbers").Chunk(5).ElementAt(Index)).Apply(image);
        var size = golden.Shape("resized");
        using var resized = distorted.Resize(size[0], size[1]);
        GoldenAssert.Close(golden.Floats("resized"), resized.Pixels, Tolerance, what: "resized");
    }

    static Image Source(Npz golden) =>
        TestImages.FromPixels(golden["image"].As<byte>(), golden.Shape("image")[0], golden.Shape("image")[1]);

    static ColorDistortion Case(Npz golden, int index, double[] numbers)
    {
        var channels = golden.Ints("distort_channels").AsSpan(3 * index, 3);
        return new((float)numbers[0], (float)numbers[1], (float)numbers[2], (float)numbers[3], (float)numbers[4],
            (channels[0], channels[1], channels[2]));
    }
}
