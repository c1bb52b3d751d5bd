using Paa.Configuration;
using Paa.Data;
using Paa.Options;
using Paa.Tests.Golden;
using Paa.Tests.Imaging;

namespace Paa.Tests.Data;

public class MosaicTests
{
    [Fact]
    public void DrawCentre_StaysInItsRange()
    {
        var options = new MosaicOptions { ImageSize = [100, 200] };
        var centres = Enumerable.Range(0, 2000).Select(i => Mosaic.DrawCentre(options, new SampleRandom(0, 0, i))).ToList();
        Assert.InRange(centres.Min(centre => centre.X), 100, 102);
        Assert.InRange(centres.Max(centre => centre.X), 297, 299);
        Assert.InRange(centres.Min(centre => centre.Y), 50, 51);
        Assert.InRange(centres.Max(centre => centre.Y), 148, 149);
    }

    [SkippableFact]
    [Trait("Category", "Golden")]
    public void Join_GivesThePixelsAndBoxesOfTheRule()
    {
        var golden = GoldenFolder.Arrays("augment/augment.npz");
        var parts = Enumerable.Range(0, Mosaic.Count).Select(i => new LabelledImage(
            TestImages.FromPixels(golden[$"part_{i}"].As<byte>(), golden.Shape($"part_{i}")[0], golden.Shape($"part_{i}")[1]),
            new Targets(golden.Boxes($"part_boxes_{i}"), golden.Ints($"part_labels_{i}"), []))).ToList();
        var options = new MosaicOptions { ImageSize = golden.Ints("mosaic_scale") };
        foreach (var (i, centre) in golden.Ints("mosaic_centres").Chunk(2).Index())
        {
            using var mosaic = Mosaic.Join(options, parts, (centre[0], centre[1]));
            Assert.Equal((48, 56), (mosaic.Image.Height, mosaic.Image.Width));
            Assert.True(mosaic.Image.Pixels.SequenceEqual(golden[$"mosaic_{i}"].As<byte>()));
            Assert.Equal(golden.Boxes($"mosaic_boxes_{i}"), mosaic.Targets.Boxes);
            Assert.Equal(golden.Ints($"mosaic_labels_{i}"), mosaic.Targets.Labels);
        }
        parts.ForEach(part => part.Dispose());
    }
}
