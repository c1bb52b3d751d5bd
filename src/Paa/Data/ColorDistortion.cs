using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>One random draw of MMDetection's <c>PhotoMetricDistortion</c>, a change of colours.</summary>
/// <remarks>
/// Howard, arXiv 1312.5402, as in SSD. The order is brightness, contrast (early), saturation, hue, contrast (late), channels.
/// Colours stay single-precision numbers and are not clipped to 0..255, as in MMDetection; the conversions are OpenCV's.
/// </remarks>
/// <param name="Brightness">Added to every colour.</param>
/// <param name="EarlyContrast">Factor of every colour before the conversion to HSV.</param>
/// <param name="Saturation">Factor of the saturation.</param>
/// <param name="Hue">Added to the hue, in degrees.</param>
/// <param name="LateContrast">Factor of every colour after the conversion back.</param>
/// <param name="Channels">The source channel of each of the three channels.</param>
sealed record ColorDistortion(
    float Brightness, float EarlyContrast, float Saturation, float Hue, float LateContrast,
    (int First, int Second, int Third) Channels)
{
    const float FullTurn = 360;

    /// <summary>Draws a distortion: each change has probability 0.5, contrast at one of its two places.</summary>
    public static ColorDistortion Draw(ColorDistortionOptions options, SampleRandom random)
    {
        var brightness = random.NextBool() ? random.NextDouble(-options.BrightnessDelta, options.BrightnessDelta) : 0;
        var isEarly = random.NextBool();
        var early = isEarly ? Factor(options.ContrastRange) : 1;
        var saturation = Factor(options.SaturationRange);
        var hue = random.NextBool() ? random.NextDouble(-options.HueDelta, options.HueDelta) : 0;
        var late = isEarly ? 1 : Factor(options.ContrastRange);
        int[] order = [0, 1, 2];
        if (random.NextBool()) random.Shuffle<int>(order);
        return new ColorDistortion(
            (float)brightness, (float)early, (float)saturation, (float)hue, (float)late, (order[0], order[1], order[2]));

        double Factor(double[] range) => random.NextBool() ? random.NextDouble(range[0], range[1]) : 1;
    }

    /// <summary>Applies the distortion to an image. The caller owns the result.</summary>
    /// <param name="image">Borrowed.</param>
    public FloatImage Apply(Image image)
    {
        var result = new FloatImage(image);
        foreach (ref var value in result.Pixels) value = (value + Brightness) * EarlyContrast;
        result.ToHsv();
        ChangeHsv(result.Pixels);
        result.ToBgr();
        Finish(result.Pixels);
        return result;
    }

    void ChangeHsv(Span<float> pixels)
    {
        for (var i = 0; i < pixels.Length; i += Image.Channels)
        {
            pixels[i + 1] *= Saturation;
            var hue = pixels[i] + Hue;
            if (hue > FullTurn) hue -= FullTurn;
            if (hue < 0) hue += FullTurn;
            pixels[i] = hue;
        }
    }

    void Finish(Span<float> pixels)
    {
        for (var i = 0; i < pixels.Length; i += Image.Channels)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (pixels[i + Channels.First] * LateContrast,
                pixels[i + Channels.Second] * LateContrast, pixels[i + Channels.Third] * LateContrast);
    }
}
