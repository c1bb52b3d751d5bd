using Paa.Dnn;
using Paa.Models;
using Paa.Quantization;
using Paa.Torch.Nn;

namespace Paa.Inference;

/// <summary>Makes the network of an engine.</summary>
public static class InferenceEngines
{
    /// <summary>Prepares a detector for inference.</summary>
    /// <param name="engine">Which engine.</param>
    /// <param name="detector">In evaluation mode; its weights are as they are now. Borrowed.</param>
    /// <param name="quantization">How to compute it on 8-bit integers; null: it is not quantised.</param>
    /// <param name="precision">Whether to do so.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="DnnException">
    /// oneDNN, or integers, were asked for and cannot compute this detector, or oneDNN is missing.
    /// </exception>
    public static IDetectorNetwork Create(this InferenceEngine engine, PaaDetector detector,
        QuantizationParameters? quantization = null, InferencePrecision precision = InferencePrecision.Auto)
    {
        var obstacle = engine == InferenceEngine.Torch ? "" : Obstacle(detector);
        if (engine == InferenceEngine.OneDnn && obstacle is not null)
            throw new DnnException($"The engine onednn cannot be used: {obstacle}. Use torch or auto.");
        var int8Obstacle = Int8Obstacle(engine, detector, quantization);
        if (precision == InferencePrecision.Int8 && int8Obstacle is not null)
            throw new DnnException($"The network cannot be computed in int8: {int8Obstacle}.");
        if (obstacle is not null) return new TorchNetwork(detector);
        var isInt8 = precision != InferencePrecision.F32 && int8Obstacle is null;
        return new CompiledNetwork(detector, isInt8 ? quantization : null);
    }

    /// <summary>What a user should know about how a quantised detector is computed; null if there is nothing to say.</summary>
    /// <param name="engine">Which engine.</param>
    /// <param name="detector">The detector.</param>
    /// <param name="quantization">How to compute it on 8-bit integers; null: it is not quantised.</param>
    /// <param name="precision">What was asked for.</param>
    public static string? Notice(this InferenceEngine engine, PaaDetector detector, QuantizationParameters? quantization,
        InferencePrecision precision = InferencePrecision.Auto) =>
        quantization is not null && precision == InferencePrecision.Auto && Int8Obstacle(engine, detector, quantization) is { } obstacle
            ? $"the detector is quantised to int8 but is computed in f32: {obstacle}."
            : null;

    /// <summary>Why oneDNN cannot compute a detector; null if it can.</summary>
    internal static string? Obstacle(PaaDetector detector)
    {
        if (!detector.Device.IsCpu) return $"the network is on {detector.Device}";
        if (detector.Parameters.Modules.OfType<ModulatedDeformConv2d>().Any()) return "the network has deformable convolutions";
        try
        {
            _ = DnnEngine.Versions;
            return null;
        }
        catch (DnnException error)
        {
            return error.Message;
        }
    }

    /// <summary>Why a detector cannot be computed on 8-bit integers; null if it can.</summary>
    static string? Int8Obstacle(InferenceEngine engine, PaaDetector detector, QuantizationParameters? quantization)
    {
        if (quantization is null) return "it is not quantised; 'paa quantize' does that";
        if (engine == InferenceEngine.Torch) return "the engine torch has no int8; use onednn or auto";
        return Obstacle(detector)
            ?? (DnnEngine.HasInt8 ? null : $"the processor has no VNNI, or oneDNN may not use it ({DnnEngine.Versions})");
    }
}
