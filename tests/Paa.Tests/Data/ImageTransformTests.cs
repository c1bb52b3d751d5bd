using Paa.Boxes;
using Paa.Data;
using Paa.Imaging;
using Paa.Options;
using Paa.Tests.Imaging;

namespace Paa.Tests.Data;

public class ImageTransformTests
{
    static readonly ImageTransform Transform = new(new NormalizationOptions(), sizeDivisor: 32);

    [Fact]
    public void Flips_MirrorPixelsAndBoxesAlike()
    {
        using var image = new Image(40, 60);
        image.FillRectangle(10, 5, 20, 15, Color.White);
        foreach (var (horizontal, vertical) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            var geometry = Transform.Plan(new ImageSize(40, 60), new ImageView(new(60, 40), horizontal, vertical));
            var box = geometry.ToInput(new Box(10, 5, 20, 15));
            Assert.Equal(new Box(horizontal ? 40 : 10, vertical ? 25 : 5, horizontal ? 50 : 20, vertical ? 35 : 15), box);
            var pixels = Transform.Apply(image, geometry);
            for (var y = 0; y < 40; y++)
                for (var x = 0; x < 60; x++)
                {
                    var isInside = x >= box.X1 && x < box.X2 && y >= box.Y1 && y < box.Y2;
                    Assert.Equal(isInside, pixels[y * geometry.PadShape.Width + x] > 0);
                }
        }
    }

    [Fact]
    public void Write_IntoABatchCanvas_EqualsApply()
    {
        using var image = TestImages.Noise(50, 30);
        var geometry = Transform.Plan(new ImageSize(50, 30), new ImageView(new(64, 64), FlipHorizontal: true));
        var own = Transform.Apply(image, geometry);
        var canvasShape = new ImageSize(geometry.PadShape.Height + 32, geometry.PadShape.Width + 64);
        var canvas = new float[3 * canvasShape.Area];
        using var resized = new ResizedImage(image, geometry);
        Transform.Write(resized, canvas, canvasShape);
        for (var plane = 0; plane < 3; plane++)
            for (var y = 0; y < canvasShape.Height; y++)
                for (var x = 0; x < canvasShape.Width; x++)
                    Assert.Equal(
                        y < geometry.PadShape.Height && x < geometry.PadShape.Width
                            ? own[(plane * geometry.PadShape.Height + y) * geometry.PadShape.Width + x]
                            : 0,
                        canvas[(plane * canvasShape.Height + y) * canvasShape.Width + x]);
    }

    [Fact]
    public void Scale_TakesItsSidesInAnyOrder()
    {
        Assert.Equal(new ImageScale(1333, 800), ImageScale.From([800, 1333]));
        Assert.Throws<ArgumentException>(() => ImageScale.From([800]));
        Assert.Throws<ArgumentException>(() => ImageScale.From([800, 0]));
    }

    [Fact]
    public void ExtremeRatio_KeepsOnePixel() =>
        Assert.Equal(new ImageSize(1, 1333), new ImageScale(1333, 800).Fit(new ImageSize(1, 9000)));

    [Fact]
    public void GeometryOfAnotherImage_IsRefused()
    {
        using var image = new Image(4, 4);
        var geometry = Transform.Plan(new ImageSize(4, 5), new ImageView(new(8, 8)));
        Assert.Throws<ArgumentException>(() => Transform.Apply(image, geometry));
    }
}
