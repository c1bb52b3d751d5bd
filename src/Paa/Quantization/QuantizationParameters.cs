namespace Paa.Quantization;

/// <summary>How a network is computed on 8-bit integers: which layers, and what an integer stands for in each map and weight.</summary>
/// <param name="Layers">Convolutions computed on integers, by the name of their weights; all others stay in single precision.</param>
/// <param name="Image">The input.</param>
/// <param name="Maps">Maps that may be kept in integers, by name.</param>
/// <param name="Calibration">Where the numbers come from.</param>
public sealed record QuantizationParameters(
    IReadOnlyDictionary<string, LayerQuantization> Layers, ImageQuantization Image, IReadOnlyDictionary<string, MapQuantization> Maps,
    CalibrationSummary Calibration);
