using Paa.Boxes;
using Paa.Data;
using Paa.Options;
using Paa.Tests.Golden;
using Paa.Tests.Imaging;

namespace Paa.Tests.Data;

public class MosaicTests
{
    [Fact]
    public void Draw_StaysInItsRange()
    {
        var options = new MosaicOptions { ImageSize = [100, 200] };
        var centers = Enumerable.Range(0, 2000).Select(i => Mosaic.Draw(options, new SampleRandom(0, 0, i))).ToList();
        Assert.InRange(centers.Min(center => center.X), 100, 102);
        Assert.InRange(centers.Max(center => center.X), 297, 299);
        Assert.InRange(centers.Min(center => center.Y), 50, 51);
        Assert.InRange(centers.Max(center => center.Y), 148, 149);
    }

    [SkippableFact]
    [Trait("Category", "Golden")]
    public void Join_GivesThePixelsAndBoxesOfTheRule()
    {
        var golden = GoldenFolder.Arrays("augment/augment.npz");
        var images = Enumerable.Range(0, Mosaic.Count).Select(i => TestImages.FromPixels(
            golden[$"part_{i}"].As<byte>(), golden.Shape($"part_{i}")[0], golden.Shape($"part_{i}")[1])).ToList();
        var targets = images.Select((image, i) => (new ImageSize(image.Height, image.Width),
            new Targets(golden.Boxes($"part_boxes_{i}"), golden.Ints($"part_labels_{i}"), []))).ToList();
        var options = new MosaicOptions { ImageSize = golden.Ints("mosaic_scale") };
        foreach (var (i, center) in golden.Ints("mosaic_centres").Chunk(2).Index())
        {
            var mosaic = new Mosaic(options, center[0], center[1]);
            using var image = mosaic.Join(images);
            Assert.Equal((48, 56), (image.Height, image.Width));
            Assert.True(image.Pixels.SequenceEqual(golden[$"mosaic_{i}"].As<byte>()));
            var joined = mosaic.Join(targets);
            Assert.Equal(golden.Boxes($"mosaic_boxes_{i}"), joined.Boxes);
            Assert.Equal(golden.Ints($"mosaic_labels_{i}"), joined.Labels);
        }
        images.ForEach(image => image.Dispose());
    }
}
