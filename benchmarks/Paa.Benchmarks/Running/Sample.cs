namespace Paa.Benchmarks.Running;

/// <summary>Times of equal rounds.</summary>
/// <param name="times">In the order in which they were taken; at least one.</param>
sealed class Sample(IReadOnlyList<double> times)
{
    readonly double[] _sorted = [.. times.Order()];

    /// <summary>Number of rounds.</summary>
    public int Count => _sorted.Length;

    /// <summary>The shortest.</summary>
    public double Min => _sorted[0];

    /// <summary>The longest.</summary>
    public double Max => _sorted[^1];

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public double Median => (_sorted[(Count - 1) / 2] + _sorted[Count / 2]) / 2;
}
