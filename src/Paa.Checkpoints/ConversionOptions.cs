namespace Paa.Checkpoints;

/// <summary>What <see cref="CheckpointConverter"/> makes.</summary>
public sealed record ConversionOptions
{
    /// <summary>Format of the new file.</summary>
    public CheckpointFormat Format { get; init; }

    /// <summary>Store weights in half precision.</summary>
    public bool Half { get; init; }

    /// <summary>Leave the state of the optimiser out: enough for prediction and to start from.</summary>
    public bool StripOptimizer { get; init; }

    /// <summary>Take the second set of weights, of a moving average (see <see cref="StateDict.FromGraph"/>).</summary>
    public bool Average { get; init; }
}
