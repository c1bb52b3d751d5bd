using Paa.Data;

namespace Paa.Tests.Data;

public class InputPictureTests
{
    [Fact]
    public void Restore_GivesBackTheResizedPictures()
    {
        using var pictures = new PictureFolder();
        var config = pictures.Config(0);
        foreach (var batch in BatchLoader.ForTraining(pictures.Load(), config).Epoch(0))
            using (batch)
                foreach (var (i, sample) in batch.Images.Index())
                {
                    using var original = Paa.Imaging.Image.Load(sample.File);
                    using var waiting = new ResizedImage(original, sample.Geometry);
                    var resized = waiting.Bytes!;
                    using var restored = InputPicture.Restore(batch, i, config.Data.Normalization);
                    for (var y = 0; y < restored.Height; y++)
                        for (var x = 0; x < restored.Width; x++)
                        {
                            var source = sample.Geometry.FlipHorizontal ? resized.Width - 1 - x : x;
                            Assert.Equal(resized.Row(y).Slice(3 * source, 3), restored.Row(y).Slice(3 * x, 3));
                        }
                }
    }
}
