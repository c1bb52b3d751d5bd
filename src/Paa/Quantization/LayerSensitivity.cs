namespace Paa.Quantization;

/// <summary>What a layer alone costs, computed on integers while all others are in single precision.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Error">Against the network in single precision; null if it was not measured.</param>
/// <param name="IsKept">Whether it stays in single precision.</param>
public sealed record LayerSensitivity(string Name, OutputError? Error, bool IsKept);
