using Paa.Boxes;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>Transforms a decoded image up to normalisation, in the order of MMDetection's pipelines.</summary>
/// <remarks>
/// The steps are mosaic, colour distortion, crop, resize and flip; each runs only if the options ask for it. All random numbers
/// come from the generator of the sample, so a sample does not depend on the thread that makes it.
/// </remarks>
/// <param name="options">The steps and their parameters.</param>
/// <param name="transform">Plans the sizes.</param>
sealed class ImagePipeline(DatasetOptions options, ImageTransform transform)
{
    /// <summary>Prepares an image for training.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="targets">Targets in pixels of the image.</param>
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
            if (options.MinIouRandomCrop is { } parts && MinIouRandomCrop.Draw(parts, SizeOf(image), targets, random) is { } crop)
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

    /// <summary>Resizes an image and maps its targets to the network's input.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="targets">Targets in pixels of the image.</param>
    /// <param name="view">Scale and flips.</param>
    /// <param name="distortion">A colour distortion, which gives the same result before and after a crop; null for none.</param>
    /// <returns>The same as in training.</returns>
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
