using Paa.Options;

namespace Paa.Data;

/// <summary>A scale and flips under which the network sees an image.</summary>
/// <param name="Scale">The scale that the resized image must fit into.</param>
/// <param name="FlipHorizontal">Whether to mirror left to right.</param>
/// <param name="FlipVertical">Whether to mirror top to bottom.</param>
public readonly record struct ImageView(ImageScale Scale, bool FlipHorizontal = false, bool FlipVertical = false)
{
    /// <summary>Creates a view from a scale and a direction.</summary>
    /// <param name="scale">The scale that the resized image must fit into.</param>
    /// <param name="direction">The direction of the flip; null for none.</param>
    public ImageView(ImageScale scale, FlipDirection? direction)
        : this(scale, direction is FlipDirection.Horizontal or FlipDirection.Diagonal,
            direction is FlipDirection.Vertical or FlipDirection.Diagonal)
    {
    }

    /// <summary>The plain view for testing: the scale of the data set, no flip.</summary>
    /// <param name="options">The data set.</param>
    public static ImageView Plain(DatasetOptions options) => new(ImageScale.From(options.Scales[0]), null);

    /// <summary>The views of an image for testing.</summary>
    /// <remarks>
    /// With test-time augmentation each scale unflipped, followed by its flips, in the order of MMDetection's
    /// <c>MultiScaleFlipAug</c>; otherwise the plain view alone.
    /// </remarks>
    /// <param name="options">The data set; its scale is used if <paramref name="augmentation"/> names none.</param>
    /// <param name="augmentation">Scales and directions; null for no test-time augmentation.</param>
    public static ImageView[] ForTesting(DatasetOptions options, TestTimeAugmentationOptions? augmentation)
    {
        if (augmentation is null) return [Plain(options)];
        var scales = augmentation.Scales.Length > 0 ? augmentation.Scales : options.Scales;
        FlipDirection?[] flips = [null, .. augmentation.Flip ? augmentation.FlipDirections.Cast<FlipDirection?>() : []];
        return [.. scales.SelectMany(scale => flips.Select(flip => new ImageView(ImageScale.From(scale), flip)))];
    }

    /// <summary>
    /// Draws a view for training as MMDetection's Resize and RandomFlip do, followed by the separate vertical flip.
    /// </summary>
    /// <param name="options">Scales and their mode or ratios, directions and probabilities of flips.</param>
    /// <param name="random">Generator of this sample.</param>
    /// <exception cref="ArgumentException">There is no scale, or the mode is range and there are more than two.</exception>
    public static ImageView Draw(DatasetOptions options, SampleRandom random)
    {
        var drawn = new ImageView(DrawScale(options, random), DrawDirection(options, random));
        return drawn with { FlipVertical = drawn.FlipVertical ^ random.NextDouble() < options.VerticalFlipProbability };
    }

    static ImageScale DrawScale(DatasetOptions options, SampleRandom random)
    {
        var scales = Array.ConvertAll(options.Scales, sides => ImageScale.From(sides));
        return (options.ScaleMode, scales.Length) switch
        {
            (_, 0) => throw new ArgumentException("img_scale must have at least one scale."),
            (_, 1) => options.RatioRange is { } range ? Multiply(scales[0], random.NextDouble(range[0], range[1])) : scales[0],
            (ScaleMode.Value, _) => scales[random.NextInt(scales.Length)],
            (_, 2) => new ImageScale(
                Between(scales[0].LongSide, scales[1].LongSide, random),
                Between(scales[0].ShortSide, scales[1].ShortSide, random)),
            _ => throw new ArgumentException($"img_scale must have two scales for multiscale_mode range, got {scales.Length}."),
        };
    }

    /// <summary>A scale times a ratio, rounded down as in MMDetection.</summary>
    static ImageScale Multiply(ImageScale scale, double ratio) =>
        new(Math.Max(1, (int)(scale.LongSide * ratio)), Math.Max(1, (int)(scale.ShortSide * ratio)));

    static FlipDirection? DrawDirection(DatasetOptions options, SampleRandom random)
    {
        var (ratios, directions) = (options.FlipProbability, options.FlipDirections);
        var left = random.NextDouble();
        for (var i = 0; i < directions.Length; i++)
        {
            left -= ratios.Length == 1 ? ratios[0] / directions.Length : ratios[i];
            if (left < 0) return directions[i];
        }
        return null;
    }

    static int Between(int first, int second, SampleRandom random) =>
        Math.Min(first, second) + random.NextInt(Math.Abs(first - second) + 1);
}
