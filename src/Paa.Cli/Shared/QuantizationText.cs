using System.Globalization;
using Paa.Engines;

namespace Paa.Cli.Shared;

/// <summary>Describes a quantisation in words.</summary>
static class QuantizationText
{
    /// <summary>One line: which layers are in int8 and which are not, and how much the outputs changed.</summary>
    public static string Describe(QuantizationParameters quantization)
    {
        var calibration = quantization.Calibration;
        var count = quantization.Layers.Keys.Select(name => name.Split('@')[0]).Distinct().Count();
        var kept = calibration.KeptLayers.Count == 0 ? "none" : string.Join(", ", calibration.KeptLayers);
        return string.Create(CultureInfo.InvariantCulture,
            $"int8: {count} of {count + calibration.KeptLayers.Count} convolutions; in f32: {kept}; ")
            + $"{calibration.Images} images, ranges by {calibration.Method.ToString().ToLowerInvariant()}; "
            + (calibration is { ScoreError: 0, BoxError: 0 }
                ? "errors not measured"
                : $"scores move by {Number(calibration.ScoreError)}, boxes lose {Number(calibration.BoxError)} IoU");
    }

    /// <summary>Formats an error with four decimals.</summary>
    public static string Number(double error) => error.ToString("0.0000", CultureInfo.InvariantCulture);
}
