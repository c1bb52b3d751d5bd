using Paa.Data;
using Paa.Options;

namespace Paa.Tests.Data;

public sealed class ImageViewTests
{
    static readonly DatasetOptions Set = new() { Scales = [[800, 1333]] };

    static ImageView[] Draw(DatasetOptions options) =>
        [.. Enumerable.Range(0, 2000).Select(i => ImageView.Draw(options, new SampleRandom(0, 0, i)))];

    [Fact]
    public void Draw_WithOneScale_TakesIt() =>
        Assert.All(Draw(new DatasetOptions()), a => Assert.Equal(new ImageView(new ImageScale(1333, 800), null), a));

    [Fact]
    public void Draw_FlipsWithTheProbabilitiesGiven()
    {
        var draws = Draw(new DatasetOptions { FlipProbability = [0.5], VerticalFlipProbability = 0.25 });
        Assert.InRange(draws.Count(a => a.FlipHorizontal), 930, 1070);
        Assert.InRange(draws.Count(a => a.FlipVertical), 440, 560);
        Assert.InRange(draws.Count(a => a is { FlipHorizontal: true, FlipVertical: true }), 200, 300);
    }

    [Fact]
    public void Draw_SharesOneRatioByTheDirections()
    {
        FlipDirection[] directions = [FlipDirection.Horizontal, FlipDirection.Vertical];
        var draws = Draw(new DatasetOptions { FlipProbability = [0.6], FlipDirections = directions });
        Assert.InRange(draws.Count(a => a is { FlipHorizontal: true, FlipVertical: false }), 530, 670);
        Assert.InRange(draws.Count(a => a is { FlipHorizontal: false, FlipVertical: true }), 530, 670);
        Assert.DoesNotContain(draws, a => a is { FlipHorizontal: true, FlipVertical: true });
    }

    [Fact]
    public void Draw_TakesARatioForEachDirection()
    {
        var draws = Draw(new DatasetOptions
        {
            FlipProbability = [0.1, 0.2, 0.7],
            FlipDirections = [FlipDirection.Horizontal, FlipDirection.Vertical, FlipDirection.Diagonal],
        });
        Assert.InRange(draws.Count(a => a is { FlipHorizontal: true, FlipVertical: false }), 150, 250);
        Assert.InRange(draws.Count(a => a is { FlipHorizontal: false, FlipVertical: true }), 340, 460);
        Assert.InRange(draws.Count(a => a is { FlipHorizontal: true, FlipVertical: true }), 1330, 1470);
    }

    [Fact]
    public void Draw_FromARange_DrawsBothSides()
    {
        var draws = Draw(new DatasetOptions { Scales = [[600, 1000], [1002, 601]] });
        Assert.Equal([1000, 1001, 1002], draws.Select(a => a.Scale.LongSide).Distinct().Order());
        Assert.Equal([600, 601], draws.Select(a => a.Scale.ShortSide).Distinct().Order());
    }

    [Fact]
    public void Draw_FromARange_IncludesBothEnds()
    {
        var draws = Draw(new DatasetOptions { Scales = [[1333, 640], [1333, 644]], ScaleMode = ScaleMode.Range });
        Assert.All(draws, a => Assert.Equal(1333, a.Scale.LongSide));
        Assert.Equal([640, 641, 642, 643, 644], draws.Select(a => a.Scale.ShortSide).Distinct().Order());
    }

    [Fact]
    public void Draw_FromValues_TakesOneOfThem()
    {
        int[][] scales = [[1333, 640], [1333, 800], [1000, 600]];
        var draws = Draw(new DatasetOptions { Scales = scales, ScaleMode = ScaleMode.Value });
        Assert.Equal([new ImageScale(1000, 600), new ImageScale(1333, 640), new ImageScale(1333, 800)],
            draws.Select(a => a.Scale).Distinct().OrderBy(s => s.LongSide).ThenBy(s => s.ShortSide));
    }

    [Fact]
    public void Draw_WithRatios_MultipliesTheScale()
    {
        var draws = Draw(new DatasetOptions { Scales = [[1000, 600]], RatioRange = [0.5, 2] });
        Assert.All(draws, a => Assert.InRange(a.Scale.LongSide, 500, 2000));
        Assert.All(draws, a => Assert.InRange(a.Scale.ShortSide - 0.6 * a.Scale.LongSide, -1, 1));      // one ratio
        Assert.True(draws.Min(a => a.Scale.LongSide) < 520 && draws.Max(a => a.Scale.LongSide) > 1980);
        Assert.InRange(draws.Average(a => a.Scale.LongSide), 1220, 1280);
    }

    [Fact]
    public void Draw_FromARangeOfThree_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Draw(new DatasetOptions
        {
            Scales = [[1333, 640], [1333, 800], [1000, 600]],
            ScaleMode = ScaleMode.Range,
        }));

    [Fact]
    public void ForTesting_WithoutAugmentation_IsTheScaleOfTheDataSet()
    {
        Assert.Equal(new ImageView(new ImageScale(1333, 800), null), ImageView.Plain(Set));
        Assert.Equal([ImageView.Plain(Set)], ImageView.ForTesting(Set, augmentation: null));
    }

    [Fact]
    public void ForTesting_ByDefault_AddsTheMirroredImage() =>
        Assert.Equal(
            [new ImageView(new(1333, 800), null), new ImageView(new(1333, 800), FlipDirection.Horizontal)],
            ImageView.ForTesting(Set, new TestTimeAugmentationOptions()));

    [Fact]
    public void ForTesting_GoesThroughTheScales_EachUnflippedFirst()
    {
        var options = new TestTimeAugmentationOptions
        {
            Scales = [[600, 1000], [800, 1333]],
            FlipDirections = [FlipDirection.Vertical, FlipDirection.Diagonal],
        };
        Assert.Equal(
            [
                (1000, false, false), (1000, false, true), (1000, true, true),
                (1333, false, false), (1333, false, true), (1333, true, true),
            ],
            ImageView.ForTesting(Set, options).Select(view => (view.Scale.LongSide, view.FlipHorizontal, view.FlipVertical)));
        Assert.Equal(2, ImageView.ForTesting(Set, options with { Flip = false }).Length);
    }
}
