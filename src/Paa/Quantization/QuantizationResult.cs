using Paa.Engines;

namespace Paa.Quantization;

/// <summary>A quantised network and what it costs.</summary>
/// <param name="Parameters">The network.</param>
/// <param name="Layers">Every convolution, in the order of the network.</param>
/// <param name="Error">Of the whole quantised network; 0 if no image was set aside for it.</param>
public sealed record QuantizationResult(
    QuantizationParameters Parameters, IReadOnlyList<LayerSensitivity> Layers, OutputError Error);
