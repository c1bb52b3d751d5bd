using Paa.Configuration;
using Paa.Data;
using Paa.Inference;
using Paa.Options;

namespace Paa.Tests.Inference;

public class TestViewsTests
{
    static readonly DatasetOptions Set = new() { Scales = [[800, 1333]] };

    [Fact]
    public void Single_IsTheScaleOfTheDataSet() =>
        Assert.Equal([new Augmentation(new ImageScale(1333, 800), null)], TestViews.Single(Set));

    [Fact]
    public void Augmented_ByDefault_AddsTheMirroredImage() =>
        Assert.Equal(
            [new Augmentation(new(1333, 800), null), new Augmentation(new(1333, 800), FlipDirection.Horizontal)],
            TestViews.Augmented(new TestTimeAugmentationOptions(), Set));

    [Fact]
    public void Augmented_GoesThroughTheScales_EachUnflippedFirst()
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
            TestViews.Augmented(options, Set).Select(view => (view.Scale.LongSide, view.FlipHorizontal, view.FlipVertical)));
        Assert.Equal(2, TestViews.Augmented(options with { Flip = false }, Set).Length);
    }
}
