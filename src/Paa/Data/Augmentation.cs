using Paa.Configuration;

namespace Paa.Data;

/// <summary>What is drawn for one image: its scale and whether it is mirrored.</summary>
/// <param name="Scale">What the resized image must fit into.</param>
/// <param name="FlipHorizontal">Mirror left and right.</param>
/// <param name="FlipVertical">Mirror top and bottom.</param>
public readonly record struct Augmentation(ImageScale Scale, bool FlipHorizontal, bool FlipVertical)
{
    /// <summary>Draws as MMDetection's Resize and RandomFlip do; the two flips are independent of each other.</summary>
    /// <param name="options">Scales, their mode, and probabilities of flips.</param>
    /// <param name="random">Generator of this sample.</param>
    /// <exception cref="ArgumentException">The scales are none, or not two in the mode <see cref="MultiscaleMode.Range"/>.</exception>
    public static Augmentation Draw(DatasetOptions options, SampleRandom random)
    {
        var scales = Array.ConvertAll(options.ImgScale, sides => ImageScale.From(sides));
        var scale = (options.MultiscaleMode, scales.Length) switch
        {
            (_, 0) => throw new ArgumentException("img_scale must have at least one scale."),
            (_, 1) => scales[0],
            (MultiscaleMode.Value, _) => scales[random.NextInt(scales.Length)],
            (_, 2) => new ImageScale(
                Between(scales[0].LongSide, scales[1].LongSide, random), Between(scales[0].ShortSide, scales[1].ShortSide, random)),
            _ => throw new ArgumentException($"img_scale must have two scales for multiscale_mode range, got {scales.Length}."),
        };
        var horizontal = random.NextDouble() < options.FlipRatio;
        var vertical = random.NextDouble() < options.VerticalFlipRatio;
        return new Augmentation(scale, horizontal, vertical);
    }

    static int Between(int first, int second, SampleRandom random) =>
        Math.Min(first, second) + random.NextInt(Math.Abs(first - second) + 1);
}
