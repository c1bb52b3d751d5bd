using Paa.Boxes;
using Paa.Data;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Tests.Data;

public class MinIouRandomCropTests
{
    static readonly ImageSize Size = new(120, 160);
    static readonly Targets Two = new([new(10, 20, 60, 80), new(90, 40, 150, 110)], [3, 4], [new(0, 0, 20, 20)]);

    static MinIouRandomCrop?[] Draw(MinIouRandomCropOptions options, Targets targets) =>
        [.. Enumerable.Range(0, 1000).Select(i => MinIouRandomCrop.Draw(options, Size, targets, new SampleRandom(0, 0, i)))];

    [Fact]
    public void Draw_KeepsTheImageInOneModeOfAll()
    {
        // Without thresholds there are two modes: the whole image, and any part that holds a centre.
        var draws = Draw(new MinIouRandomCropOptions { MinIous = [] }, Targets.None);
        Assert.InRange(draws.Count(area => area is null), 430, 570);
    }

    [Fact]
    public void Draw_GivesPartsInsideTheImage_OfAllowedSizeAndRatio()
    {
        foreach (var area in Draw(new(), Targets.None).OfType<MinIouRandomCrop>())
        {
            Assert.True(area.Left >= 0 && area.Top >= 0 && area.Right <= Size.Width && area.Bottom <= Size.Height);
            var (width, height) = (area.Right - area.Left, area.Bottom - area.Top);
            Assert.InRange(width, 0.3 * Size.Width - 1, Size.Width);
            Assert.InRange(height, 0.3 * Size.Height - 1, Size.Height);
            Assert.InRange((double)height / width, 0.48, 2.08);             // the ratio is judged before rounding
        }
    }

    [Fact]
    public void Draw_OverlapsEveryBoxEnough_CrowdsIncluded()
    {
        // With 50 equal thresholds only one mode in 52 has none.
        var options = new MinIouRandomCropOptions { MinIous = [.. Enumerable.Repeat(0.02, 50)] };
        var areas = Draw(options, Two).OfType<MinIouRandomCrop>().Select(area => area.Box).ToList();
        Box[] boxes = [.. Two.Boxes, .. Two.Ignored];
        Assert.All(areas, area => Assert.Contains(boxes, box => IsCenterIn(area, box)));
        Assert.True(areas.Count > 500);
        Assert.True(areas.Count(area => boxes.All(box => BoxOverlap.Iou(area, box) >= 0.02f)) > 0.9 * areas.Count);
    }

    [Fact]
    public void Apply_KeepsBoxesByTheirCenter_AndCutsThem()
    {
        using var image = new Image(Size.Height, Size.Width);
        image.FillRectangle(40, 30, 41, 31, Color.White);
        var crop = new MinIouRandomCrop(30, 25, 110, 85);
        using var part = crop.Apply(image);
        var targets = crop.Apply(Two);
        Assert.Equal((60, 80), (part.Height, part.Width));
        // The centre of the first box, (35, 50), is inside; that of the second, (120, 75), and of the crowd are not.
        Assert.Equal([new Box(0, 0, 30, 55)], targets.Boxes);
        Assert.Equal([3], targets.Labels);
        Assert.Empty(targets.Ignored);
        Assert.Equal(255, part.Row(5)[10 * 3]);
        Assert.Equal(0, part.Row(5)[11 * 3]);
    }

    static bool IsCenterIn(Box area, Box box)
    {
        var (x, y) = ((box.X1 + box.X2) / 2, (box.Y1 + box.Y2) / 2);
        return x > area.X1 && x < area.X2 && y > area.Y1 && y < area.Y2;
    }
}
