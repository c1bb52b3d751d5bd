using Paa.Checkpoints;
using Paa.Models;
using Paa.Options;

namespace Paa.Engines;

/// <summary>In which numbers a network is computed.</summary>
public enum InferencePrecision
{
    /// <summary>8-bit integers where the detector is quantised and engine and processor can, else single precision.</summary>
    Auto,

    /// <summary>Single precision, also of a quantised detector.</summary>
    F32,

    /// <summary>8-bit integers, or an error that says why not.</summary>
    Int8,
}

/// <summary>How a detector is computed: from the command line down to the engine.</summary>
public sealed record InferenceOptions
{
    /// <summary>What may compute the network; the first that can does.</summary>
    public IReadOnlyList<InferenceEngine> Engines { get; init; } = [InferenceEngine.OneDnn, InferenceEngine.Onnx];

    /// <summary>Whether a quantised detector is computed in 8-bit integers.</summary>
    public InferencePrecision Precision { get; init; } = InferencePrecision.Auto;

    /// <summary>Threads that compute; 0 for all cores.</summary>
    public int ThreadCount { get; init; }

    /// <summary>Look at every image in the scales and flips of <c>data.tta</c>, and merge.</summary>
    public bool TestTimeAugmentation { get; init; }

    /// <summary>Makes the network of the first engine that can compute a detector.</summary>
    /// <param name="network">The detector's network.</param>
    /// <param name="weights">All its parameters, by name. Held, and read when an input size is new.</param>
    /// <param name="quantization">How to compute it on 8-bit integers; null: it is not quantised.</param>
    /// <returns>The network, which the caller owns, and what a user should know about how it is computed; null for
    /// nothing.</returns>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option has a value out of its range.</exception>
    public (IDetectorNetwork Network, string? Notice) CreateNetwork(
        PaaDetector network, StateDict weights, QuantizationParameters? quantization = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(weights);
        if (!Enum.IsDefined(Precision))
            throw new ArgumentOutOfRangeException(nameof(Precision), Precision, "InferenceOptions.Precision: unknown.");
        if (ThreadCount is < 0 or > PaaConfig.MaxThreads)
            throw new ArgumentOutOfRangeException(nameof(ThreadCount), ThreadCount,
                $"InferenceOptions.ThreadCount: expected 0 (all cores) to {PaaConfig.MaxThreads}.");
        var engine = Choose(network);
        var int8Obstacle = quantization is null ? "it is not quantised; 'paa quantize' does that" : engine.Int8Obstacle(network);
        if (Precision == InferencePrecision.Int8 && int8Obstacle is not null)
            throw new EngineException($"The network cannot be computed in int8: {int8Obstacle}.");
        var isInt8 = Precision != InferencePrecision.F32 && int8Obstacle is null;
        var notice = quantization is not null && Precision == InferencePrecision.Auto && !isInt8
            ? $"the detector is quantised to int8 but is computed in f32: {int8Obstacle}."
            : null;
        var threadCount = PaaConfig.ComputeThreads(ThreadCount);
        if (quantization is not null && !isInt8) weights = IntegerWeights.WithCorrectedMeans(weights, network, quantization);
        return (engine.Create(network, weights, isInt8 ? quantization : null, threadCount), notice);
    }

    InferenceEngine Choose(PaaDetector network)
    {
        if (Engines is not { Count: > 0 }) throw new EngineException("No engine was given that could compute the network.");
        var obstacles = new List<string>();
        foreach (var engine in Engines)
        {
            if (engine.Obstacle(network) is not { } obstacle) return engine;
            obstacles.Add($"The engine {engine} cannot be used: {obstacle}.");
        }
        if (Engines.All(engine => engine.Name != InferenceEngine.Onnx.Name))
            obstacles.Add("Use onnx, which computes every detector.");
        throw new EngineException(string.Join(" ", obstacles));
    }
}
