namespace Paa.Quantization;

/// <summary>What the integers of a map stand for: value = step * integer.</summary>
/// <param name="Step">Above 0.</param>
/// <param name="IsSigned">Integers of -127 to 127, else 0 to 255.</param>
public sealed record MapQuantization(float Step, bool IsSigned);
