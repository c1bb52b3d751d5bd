using Paa.Dnn;
using Paa.Models;
using Paa.Torch.Nn;

namespace Paa.Inference;

/// <summary>Makes the network of an engine.</summary>
public static class InferenceEngines
{
    /// <summary>Prepares a detector for inference.</summary>
    /// <param name="engine">Which engine.</param>
    /// <param name="detector">In evaluation mode; its weights are as they are now. Borrowed.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="DnnException">oneDNN was asked for and cannot compute this detector, or is missing.</exception>
    public static IDetectorNetwork Create(this InferenceEngine engine, PaaDetector detector)
    {
        var obstacle = engine == InferenceEngine.Torch ? "" : Obstacle(detector);
        if (engine == InferenceEngine.OneDnn && obstacle is not null)
            throw new DnnException($"The engine onednn cannot be used: {obstacle}. Use torch or auto.");
        return obstacle is null ? new CompiledNetwork(detector) : new TorchNetwork(detector);
    }

    /// <summary>Why oneDNN cannot compute a detector; null if it can.</summary>
    static string? Obstacle(PaaDetector detector)
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
}
