using Paa.Boxes;
using Paa.Data;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Tests.Data;

public class RandomCropTests
{
    static readonly ImageSize Size = new(120, 160);
    static readonly ImageTransform Transform = new(new NormalizationOptions(), sizeDivisor: 32);

    static ImageCrop[] Draw(CropType type, double height, double width) => [.. Enumerable.Range(0, 2000).Select(i =>
        RandomCrop.Draw(new() { CropType = type, CropSize = [height, width] }, Size, new SampleRandom(0, 0, i)))];

    /// <summary>A part at row 30 and column 40 of an image that keeps its size.</summary>
    static ImageGeometry Cut(bool flip = false) => Transform.Cut(
        Transform.Plan(Size, new ImageView(new(160, 120), FlipHorizontal: flip)), new ImageCrop(Size, 40, 30, new(50, 60)));

    [Fact]
    public void Draw_Absolute_IsOfThatSize_AnywhereInTheImage()
    {
        var crops = Draw(CropType.Absolute, 50, 60);
        Assert.All(crops, crop => Assert.Equal((Size, new ImageSize(50, 60)), (crop.Resized, crop.Size)));
        Assert.Equal(Enumerable.Range(0, 71), crops.Select(crop => crop.Top).Distinct().Order());
        Assert.Equal(Enumerable.Range(0, 101), crops.Select(crop => crop.Left).Distinct().Order());
    }

    [Fact]
    public void Draw_LargerThanTheImage_KeepsItWholeInThatDirection() =>
        Assert.All(Draw(CropType.Absolute, 500, 60), crop => Assert.Equal((0, new ImageSize(120, 60)), (crop.Top, crop.Size)));

    [Fact]
    public void Draw_AbsoluteRange_DrawsBothSidesBetweenTheNumbers()
    {
        var crops = Draw(CropType.AbsoluteRange, 100, 140);
        Assert.Equal(Enumerable.Range(100, 21), crops.Select(crop => crop.Size.Height).Distinct().Order());     // 120 rows only
        Assert.Equal(Enumerable.Range(100, 41), crops.Select(crop => crop.Size.Width).Distinct().Order());
        Assert.True(crops.Select(crop => crop.Size).Distinct().Count() > 500);
    }

    [Fact]
    public void Draw_Relative_IsThatPartOfTheImage() =>
        Assert.All(Draw(CropType.Relative, 0.5, 0.254), crop => Assert.Equal(new ImageSize(60, 41), crop.Size));

    [Fact]
    public void Draw_RelativeRange_DrawsBothSidesUpToTheWholeImage()
    {
        var crops = Draw(CropType.RelativeRange, 0.5, 0.25);
        Assert.Equal((60, 120), (crops.Min(crop => crop.Size.Height), crops.Max(crop => crop.Size.Height)));
        Assert.Equal((40, 160), (crops.Min(crop => crop.Size.Width), crops.Max(crop => crop.Size.Width)));
        Assert.All(crops, crop => Assert.True(crop.Top + crop.Size.Height <= 120 && crop.Left + crop.Size.Width <= 160));
    }

    [Fact]
    public void Apply_KeepsWhatOverlapsThePart_AndClipsIt()
    {
        // The first reaches into the part, the second is inside, the third only touches it.
        var targets = new Targets(
            [new(10, 20, 60, 40), new(50, 35, 70, 55), new(100, 30, 120, 60)], [2, 1, 0], [new(0, 0, 41, 31)]);
        var placed = RandomCrop.Apply(new(), targets, Cut());
        Assert.Equal([new Box(0, 0, 20, 10), new Box(10, 5, 30, 25)], placed.Boxes);
        Assert.Equal([2, 1], placed.Labels);
        Assert.Equal([new Box(0, 0, 1, 1)], placed.Ignored);
        Assert.Equal([new Box(40, 0, 60, 10), new Box(30, 5, 50, 25)], RandomCrop.Apply(new(), targets, Cut(flip: true)).Boxes);

        var whole = RandomCrop.Apply(new() { ClipBoxes = false }, targets, Cut());
        Assert.Equal([new Box(-30, -10, 20, 10), new Box(10, 5, 30, 25)], whole.Boxes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Geometry_MapsPixelsAndBoxesAlike(bool distorted)
    {
        using var image = new Image(240, 320);
        image.FillRectangle(100, 80, 140, 120, Color.White);
        foreach (var flip in new[] { false, true })
        {
            var geometry = Transform.Plan(new(240, 320), new ImageView(new(160, 120), FlipHorizontal: flip));
            geometry = Transform.Cut(geometry, new ImageCrop(geometry.ImageShape, 40, 30, new(50, 60)));
            Assert.Equal((new ImageSize(50, 60), new ImageSize(64, 64)), (geometry.ImageShape, geometry.PadShape));
            var box = geometry.ToInput(new Box(100, 80, 140, 120));
            Assert.Equal(flip ? new Box(30, 10, 50, 30) : new Box(10, 10, 30, 30), box);
            Assert.Equal(new Box(100, 80, 140, 120), geometry.ToOriginal(box));

            var none = distorted ? new ColorDistortion(0, 1, 1, 0, 1, (0, 1, 2)) : null;
            using var resized = new ResizedImage(image, geometry, none);
            var canvas = new float[3 * 64 * 64];
            Transform.Write(resized, canvas, geometry.PadShape);
            for (var y = 0; y < 50; y++)
                for (var x = 0; x < 60; x++)
                    Assert.Equal(x >= box.X1 && x < box.X2 && y >= box.Y1 && y < box.Y2, canvas[y * 64 + x] > 0);
        }
    }
}
