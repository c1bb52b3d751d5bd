using Paa.Boxes;
using Paa.Tests.Golden;

namespace Paa.Tests.Boxes;

public class BoxOverlapTests
{
    static readonly Box Square = new(0, 0, 10, 10);

    [Fact]
    public void Overlap_OfHalfCoveredSquares_IsHandComputed()
    {
        var right = new Box(5, 0, 15, 10);                              // intersection 50, union 150, hull 150
        Assert.Equal(50f, BoxOverlap.Intersection(Square, right));
        Assert.Equal(50f / 150, BoxOverlap.Iou(Square, right));
        Assert.Equal(0.5f, BoxOverlap.Iof(Square, right));
        Assert.Equal(50f / 150, BoxOverlap.Giou(Square, right));
    }

    [Fact]
    public void Giou_OfBoxesApart_FallsWithTheirDistance()
    {
        Assert.Equal(-1f / 3, BoxOverlap.Giou(Square, new Box(20, 0, 30, 10)), 1e-6f);      // hull 300, union 200
        Assert.Equal(-0.5f, BoxOverlap.Giou(Square, new Box(30, 0, 40, 10)), 1e-6f);        // hull 400, union 200
    }

    [Fact]
    public void Iou_OfBoxWithoutArea_IsZero()
    {
        var line = new Box(3, 3, 3, 8);
        Assert.Equal(0, BoxOverlap.Iou(line, line));
        Assert.Equal(0, BoxOverlap.Iou(Square, line));
        Assert.Equal(0, BoxOverlap.Iou(Square, new Box(8, 2, 2, 8)));
    }

    [Fact]
    public void Iou_IsSymmetricAndBounded()
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var (a, b) = (RandomBoxes.Next(random, 100), RandomBoxes.Next(random, 100));
            Assert.Equal(BoxOverlap.Iou(a, b), BoxOverlap.Iou(b, a));
            Assert.InRange(BoxOverlap.Iou(a, b), 0, 1);
            Assert.InRange(BoxOverlap.Giou(a, b), -1, BoxOverlap.Iou(a, b) + 1e-6f);
            Assert.Equal(1, BoxOverlap.Iou(a, a));
        }
    }

    [SkippableFact]
    [Trait("Category", "Golden")]
    public void Overlaps_MatchGolden()
    {
        var data = GoldenFolder.Arrays("losses/losses.npz");
        var (first, second) = (data.Boxes("giou_pred"), data.Boxes("giou_target"));
        var pairs = first.Zip(second).ToArray();
        GoldenAssert.Close(data.Floats("iou"), [.. pairs.Select(pair => BoxOverlap.Iou(pair.First, pair.Second))], 1e-6, 1e-5);
        GoldenAssert.Close(data.Floats("giou"), [.. pairs.Select(pair => BoxOverlap.Giou(pair.First, pair.Second))], 1e-6, 1e-5);
        var shape = data.Shape("iou_cross");
        var cross = first[..shape[0]].SelectMany(_ => second[..shape[1]], (a, b) => (a, b)).ToArray();
        GoldenAssert.Close(data.Floats("iou_cross"), [.. cross.Select(pair => BoxOverlap.Iou(pair.a, pair.b))], 1e-6, 1e-5);
        GoldenAssert.Close(data.Floats("iof_cross"), [.. cross.Select(pair => BoxOverlap.Iof(pair.a, pair.b))], 1e-6, 1e-5);
    }
}
