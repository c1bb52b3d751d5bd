using Paa.Engines;
using Paa.Options;

namespace Paa.Quantization;

/// <summary>How a network is quantised.</summary>
public sealed record QuantizerOptions
{
    /// <summary>How the ranges of maps are chosen.</summary>
    public RangeMethod Method { get; init; } = RangeMethod.Mse;

    /// <summary>How the images are normalised, so that integers stand for their pixels exactly; null: one step for their
    /// range.</summary>
    public NormalizationOptions? Normalization { get; init; }

    /// <summary>Whether the mean of every output is kept when weights are rounded.</summary>
    public bool CorrectBias { get; init; } = true;

    /// <summary>
    /// Calibration images on which each layer's error is measured, with all others in single precision; 0: none is measured, and
    /// only <see cref="Keep"/> decides.
    /// </summary>
    public int SensitivityImages { get; init; } = 2;

    /// <summary>A layer that alone makes a larger <see cref="OutputError.Total"/> stays in single precision.</summary>
    public double MaxLayerError { get; init; } = 0.02;

    /// <summary>Layers that stay in single precision whatever their error; the start of a name stands for all below it.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>Threads that compute; 0 for all cores.</summary>
    public int ThreadCount { get; init; }
}
