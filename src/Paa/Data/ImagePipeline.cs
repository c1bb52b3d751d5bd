using Paa.Configuration;
using Paa.Options;

namespace Paa.Data;

/// <summary>An image that went through the pipeline, not yet normalised and padded.</summary>
/// <param name="Pixels">Held: disposed with this object.</param>
/// <param name="Geometry">Its sizes and flips; the original size is that before resizing.</param>
/// <param name="Targets">In pixels of the network's input.</param>
sealed record PreparedImage(ResizedImage Pixels, ImageGeometry Geometry, Targets Targets) : IDisposable
{
    public void Dispose() => Pixels.Dispose();
}

/// <summary>What happens to a decoded image before it is normalised, in the order of MMDetection's pipelines.</summary>
/// <remarks>Mosaic, change of colours, crop, resize, flip; each only where the options ask for it. All that is random is drawn
/// from the generator of the sample, so a sample is the same on whichever thread it is made.</remarks>
/// <param name="options">What is asked for.</param>
/// <param name="transform">Plans the sizes.</param>
sealed class ImagePipeline(DatasetOptions options, ImageTransform transform)
{
    /// <summary>Prepares an image for training.</summary>
    /// <param name="source">Borrowed.</param>
    /// <param name="random">Generator of this sample.</param>
    /// <param name="another">Draws another image of the data set; the pipeline disposes it.</param>
    public PreparedImage Prepare(LabelledImage source, SampleRandom random, Func<SampleRandom, LabelledImage> another)
    {
        using var mosaic = options.Mosaic is { } mosaicOptions && random.NextDouble() < mosaicOptions.Probability
            ? JoinWithOthers(mosaicOptions, source, random, another)
            : null;
        var whole = mosaic ?? source;
        var distortion = options.ColorDistortion is { } colors ? ColorDistortion.Draw(colors, random) : null;
        using var crop = options.RandomCrop is { } cropOptions
            && RandomCrop.Draw(cropOptions, whole.Size, whole.Targets, random) is { } area ? RandomCrop.Apply(whole, area) : null;
        return Prepare(crop ?? whole, Augmentation.Draw(options, random), distortion);
    }

    /// <summary>Resizes and flips an image.</summary>
    /// <param name="source">Borrowed.</param>
    /// <param name="augmentation">Its scale and flips.</param>
    /// <param name="distortion">A change of colours, the same before and after a crop; null for none.</param>
    public PreparedImage Prepare(LabelledImage source, Augmentation augmentation, ColorDistortion? distortion = null)
    {
        var geometry = transform.Plan(source.Size, augmentation.Scale, augmentation.FlipHorizontal, augmentation.FlipVertical);
        var pixels = new ResizedImage(source.Image, geometry, distortion);
        return new PreparedImage(pixels, geometry, source.Targets.Map(geometry.ToInput));
    }

    static LabelledImage JoinWithOthers(
        MosaicOptions options, LabelledImage source, SampleRandom random, Func<SampleRandom, LabelledImage> another)
    {
        var others = new List<LabelledImage>(Mosaic.Count - 1);
        try
        {
            while (others.Count < Mosaic.Count - 1) others.Add(another(random));
            return Mosaic.Join(options, [source, .. others], Mosaic.DrawCentre(options, random));
        }
        finally
        {
            foreach (var other in others) other.Dispose();
        }
    }
}
