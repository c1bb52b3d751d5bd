using Paa.Boxes;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>Transforms a decoded image up to normalisation, in the order of MMDetection's pipelines.</summary>
/// <remarks>
/// The steps are mosaic, colour distortion, crop around the boxes, resize, random crop, filter of small boxes and flip; each runs
/// only if the options ask for it. All random numbers come from the generator of the sample, so a sample does not depend on the
/// thread that makes it.
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
    /// <returns>
    /// The resized image, which the caller owns, and its targets in pixels of the network's input; null if the crop or the filter
    /// left no object, and the options want another image then.
    /// </returns>
    public (ResizedImage Image, Targets Targets)? Prepare(
        Image image, Targets targets, SampleRandom random, Func<SampleRandom, (Image Image, Targets Targets)> another)
    {
        Image? joined = null, part = null;
        try
        {
            if (options.Mosaic is { } mosaic && random.NextDouble() < mosaic.Probability)
            {
                (joined, targets) = Join(mosaic, image, targets, random, another);
                image = joined;
            }
            // It changes each pixel for itself, so it gives the same before and after the crop.
            var distortion = options.ColorDistortion is { } colors ? ColorDistortion.Draw(colors, random) : null;
            if (options.MinIouRandomCrop is { } parts
                && MinIouRandomCrop.Draw(parts, SizeOf(image), targets, random) is { } around)
            {
                image = part = around.Apply(image);
                targets = around.Apply(targets);
            }
            var geometry = transform.Plan(SizeOf(image), ImageView.Draw(options, random));
            if (options.RandomCrop is { } crop)
                geometry = transform.Cut(geometry, RandomCrop.Draw(crop, geometry.ImageShape, random));
            return Place(targets, geometry) is { } placed ? (new ResizedImage(image, geometry, distortion), placed) : null;
        }
        finally
        {
            joined?.Dispose();
            part?.Dispose();
        }
    }

    /// <summary>Resizes an image for evaluation.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="view">Scale and flips.</param>
    /// <returns>The resized image, which the caller owns.</returns>
    public ResizedImage Prepare(Image image, ImageView view) => new(image, transform.Plan(SizeOf(image), view));

    /// <summary>Maps targets to the network's input; null if none is left and another image is wanted.</summary>
    Targets? Place(Targets targets, ImageGeometry geometry)
    {
        var placed = options.RandomCrop is { } crop ? RandomCrop.Apply(crop, targets, geometry) : targets.Map(geometry.ToInput);
        if (options.RandomCrop is { AllowNegative: false } && placed.Boxes.Length == 0) return null;
        if (options.FilterAnnotations is not { } filter || placed.Boxes.Length == 0) return placed;
        var filtered = placed.Where(box => box.Width > filter.MinSize[0] && box.Height > filter.MinSize[1]);
        return filtered.Boxes.Length == 0 && filter.ReplacesEmpty ? null : filtered with { Ignored = placed.Ignored };
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
