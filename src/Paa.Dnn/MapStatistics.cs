namespace Paa.Dnn;

/// <summary>The values of a map over all the runs of a plan.</summary>
/// <param name="Bins">How many absolute values lie in each of <see cref="BinCount"/> equal parts of [0, limit).</param>
/// <param name="Limit">Above every absolute value; 0 if all are 0.</param>
/// <param name="Least">The smallest value, or 0 if all are above.</param>
/// <param name="Means">The mean of each channel.</param>
public sealed record MapStatistics(long[] Bins, float Limit, float Least, double[] Means)
{
    /// <summary>Parts into which the absolute values are counted.</summary>
    public const int BinCount = 2048;
}
