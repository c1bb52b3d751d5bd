namespace Paa.Training;

/// <summary>The best evaluation of a run so far.</summary>
/// <param name="Ap">Box AP, mean over IoU 0.50:0.95.</param>
/// <param name="Epoch">1-based epoch after which it was measured.</param>
public sealed record BestResult(double Ap, int Epoch);
