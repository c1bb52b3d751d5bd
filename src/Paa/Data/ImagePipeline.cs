using Paa.Boxes;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>What happens to a decoded image before it is normalised, in the order of MMDetection's pipelines.</summary>
/// <remarks>Mosaic, change of colours, crop, resize, flip; each only where the options ask for it. All that is random is drawn
/// from the generator of the sample, so a sample is the same on whichever thread it is made.</remarks>
/// <param name="options">What is asked for.</param>
/// <param name="transform">Plans the sizes.</param>
sealed class ImagePipeline(DatasetOptions options, ImageTransform transform)
{
    /// <summary>Prepares an image for training.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="targets">In pixels of the image.</param>
    /// <param name="random">Generator of this sample.</param>
    /// <param name="another">Draws another image of the data set; the pipeline disposes it.</param>
    /// <returns>The resized image, which the caller owns, and its targets in pixels of the network's input.</returns>
    public (ResizedImage Image, Targets Targets) Prepare(
        Image image, Targets targets, SampleRandom random, Func<SampleRandom, (Image Image, Targets Targets)> another)
    {
        Image? joined = null, cropped = null;
        try
        {
            if (options.Mosaic is { } mosaic && random.NextDouble() < mosaic.Probability)
            {
                (joined, targets) = Join(mosaic, image, targets, random, another);
                image = joined;
            }
            var distortion = options.ColorDistortion is { } colors ? ColorDistortion.Draw(colors, random) : null;
            if (options.RandomCrop is { } parts && RandomCrop.Draw(parts, SizeOf(image), targets, random) is { } crop)
            {
                image = cropped = crop.Apply(image);
                targets = crop.Apply(targets);
            }
            return Prepare(image, targets, ImageView.Draw(options, random), distortion);
        }
        finally
        {
            joined?.Dispose();
            cropped?.Dispose();
        }
    }

    /// <summary>Resizes an image, and maps its targets to the network's input.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="targets">In pixels of the image.</param>
    /// <param name="view">Scale and flips.</param>
    /// <param name="distortion">A change of colours, the same before and after a crop; null for none.</param>
    /// <returns>As for training.</returns>
    public (ResizedImage Image, Targets Targets) Prepare(
        Image image, Targets targets, ImageView view, ColorDistortion? distortion = null)
    {
        var geometry = transform.Plan(SizeOf(image), view);
        return (new ResizedImage(image, geometry, distortion), targets.Map(geometry.ToInput));
    }

    static (Image, Targets) Join(MosaicOptions options, Image image, Targets targets, SampleRandom random,
        Func<SampleRandom, (Image Image, Targets Targets)> another)
    {
        var parts = new List<(Image Image, Targets Targets)> { (image, targets) };
        try
        {
            while (parts.Count < Mosaic.Count) parts.Add(another(random));
            var mosaic = Mosaic.Draw(options, random);
            return (mosaic.Join([.. parts.Select(part => part.Image)]),
                mosaic.Join([.. parts.Select(part => (SizeOf(part.Image), part.Targets))]));
        }
        finally
        {
            foreach (var (other, _) in parts.Skip(1)) other.Dispose();
        }
    }

    static ImageSize SizeOf(Image image) => new(image.Height, image.Width);
}
