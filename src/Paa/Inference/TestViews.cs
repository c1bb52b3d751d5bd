using Paa.Configuration;
using Paa.Data;
using Paa.Options;

namespace Paa.Inference;

/// <summary>The views of an image that a detector looks at: one, or those of test-time augmentation.</summary>
/// <remarks>A view is a scale and a flip.</remarks>
public static class TestViews
{
    /// <summary>The plain view: the data set's scale, no flip.</summary>
    /// <param name="options">The data set.</param>
    public static Augmentation[] Single(DatasetOptions options) => [new(ImageScale.From(options.Scales[0]), null)];

    /// <summary>Every scale unflipped, followed by its flips, in the order of MMDetection's <c>MultiScaleFlipAug</c>.</summary>
    /// <param name="tta">Scales and directions.</param>
    /// <param name="options">The data set, whose scale is taken if <paramref name="tta"/> names none.</param>
    public static Augmentation[] Augmented(TestTimeAugmentationOptions tta, DatasetOptions options)
    {
        var scales = tta.Scales.Length > 0 ? tta.Scales : options.Scales;
        FlipDirection?[] flips = [null, .. tta.Flip ? tta.FlipDirections.Cast<FlipDirection?>() : []];
        return [.. scales.SelectMany(scale => flips.Select(flip => new Augmentation(ImageScale.From(scale), flip)))];
    }
}
