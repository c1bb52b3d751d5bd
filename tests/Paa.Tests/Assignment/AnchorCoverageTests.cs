using Paa.Assignment;
using Paa.Boxes;
using Paa.Options;

namespace Paa.Tests.Assignment;

public class AnchorCoverageTests
{
    [Fact]
    public void BestIous_AreThoseOfAllAnchors()
    {
        var options = new AnchorOptions { Strides = [8, 16], Scale = 4 };
        var input = new ImageSize(64, 96);
        var grid = new AnchorGenerator(options).Grid(input);
        Box[] boxes = [new(0, 0, 16, 16), new(5, 6, 70, 50), new(30, 30, 33, 34)];
        var best = new AnchorCoverage(options).BestIous(input, boxes);
        for (var i = 0; i < boxes.Length; i++) Assert.Equal(grid.Boxes.Max(anchor => BoxOverlap.Iou(boxes[i], anchor)), best[i]);
        Assert.Equal(0.25f, best[0]);               // the anchor centred on (8, 8) is 32 wide: 256 of 1024
    }
}
