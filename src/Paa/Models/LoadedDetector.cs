using Paa.Configuration;
using Paa.Options;
using Paa.Quantization;

namespace Paa.Models;

/// <summary>A detector that was read from a file.</summary>
/// <param name="Detector">The network, in evaluation mode. The caller owns it.</param>
/// <param name="Config">The file's own configuration, or one whose model was derived from the weights.</param>
/// <param name="Classes">Class names in label order.</param>
/// <param name="Quantization">How to compute it on 8-bit integers; null: the file is not quantised.</param>
public sealed record LoadedDetector(
    PaaDetector Detector, PaaConfig Config, IReadOnlyList<string> Classes, QuantizationParameters? Quantization = null);
