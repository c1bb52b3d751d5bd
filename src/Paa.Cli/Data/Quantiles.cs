namespace Paa.Cli.Data;

/// <summary>Where a list of numbers lies; all 0 for an empty list.</summary>
/// <param name="P5">5 % are below.</param>
/// <param name="Median">Half are below.</param>
/// <param name="P95">95 % are below.</param>
/// <param name="Max">The largest.</param>
sealed record Quantiles(double P5, double Median, double P95, double Max)
{
    const int Digits = 3;

    /// <summary>Of numbers in any order.</summary>
    public static Quantiles Of(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted.Length == 0 ? new Quantiles(0, 0, 0, 0) : new Quantiles(At(0.05), At(0.5), At(0.95), At(1));

        double At(double share) => Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))], Digits);
    }
}
