using Paa.Configuration;
using Paa.Dnn;
using Paa.Options;

namespace Paa.Quantization;

/// <summary>What the integers of the input stand for: integer = value * Scales[c] + Offsets[c], 0 to 255.</summary>
/// <remarks>With the deviations and means of the normalisation the integers are the pixels, and nothing is lost.</remarks>
/// <param name="Scales">[channels], above 0.</param>
/// <param name="Offsets">[channels].</param>
public sealed record ImageQuantization(float[] Scales, float[] Offsets)
{
    /// <summary>The pixels that a normalisation was applied to.</summary>
    public static ImageQuantization Pixels(NormalizationOptions norm) =>
        new([.. norm.Std.Select(value => (float)value)], [.. norm.Mean.Select(value => (float)value)]);

    /// <summary>Integers for any values of the range that was seen, 0 in its middle.</summary>
    internal static ImageQuantization Range(MapStatistics seen)
    {
        const float middle = 128, most = 127;
        var scale = seen.Limit > 0 ? most / seen.Limit : 1;
        return new([.. seen.Means.Select(_ => scale)], [.. seen.Means.Select(_ => middle)]);
    }
}
