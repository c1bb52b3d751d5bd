namespace Paa.Reports;

/// <summary>An axis of a chart: maps values to positions and chooses round values for its labels.</summary>
sealed class ChartAxis
{
    const int TickCount = 5;
    const double Rounding = 1e-9;

    readonly bool _isLogarithmic;
    readonly double _low, _high;                // ends of the values, or of their logarithms
    readonly double _from, _to;

    readonly double _leastStep;

    ChartAxis(bool isLogarithmic, double low, double high, double from, double to, double leastStep = 0) =>
        (_isLogarithmic, _low, _high, _from, _to, _leastStep) = (isLogarithmic, low, high, from, to, leastStep);

    /// <summary>Creates an axis from zero to the largest value.</summary>
    /// <param name="max">The largest value.</param>
    /// <param name="from">Position of zero.</param>
    /// <param name="to">Position of the largest value.</param>
    /// <param name="leastStep">Minimum distance between two ticks: 1 for counts.</param>
    public static ChartAxis Linear(double max, double from, double to, double leastStep = 0) =>
        new(false, 0, Math.Max(max, Math.Max(leastStep, Rounding)), from, to, leastStep);

    /// <summary>Creates a logarithmic axis between two positive values; it spans at least a factor of two.</summary>
    public static ChartAxis Logarithmic(double min, double max, double from, double to) =>
        new(true, Math.Log10(min), Math.Max(Math.Log10(max), Math.Log10(min) + 0.3), from, to);

    /// <summary>The position of a value.</summary>
    public double this[double value] =>
        _from + ((_isLogarithmic ? Math.Log10(value) : value) - _low) / (_high - _low) * (_to - _from);

    /// <summary>A linear axis that ends at a round value.</summary>
    public ChartAxis RoundedUp() => new(false, 0, Step * Math.Ceiling(_high / Step), _from, _to, _leastStep);

    /// <summary>
    /// Round values on the axis. On a logarithmic axis these are powers of ten, and parts of them where there are few.
    /// </summary>
    public IEnumerable<double> Ticks() => _isLogarithmic
        ? LogarithmicTicks()
        : Enumerable.Range(0, (int)Math.Floor(_high / Step * (1 + Rounding)) + 1).Select(i => i * Step);

    IEnumerable<double> LogarithmicTicks()
    {
        double[] factors = _high - _low > 3 ? [1] : _high - _low > 1.2 ? [1, 3] : [1, 2, 5];
        for (var power = Math.Floor(_low); power <= _high; power++)
            foreach (var factor in factors)
            {
                var value = factor * Math.Pow(10, power);
                if (Math.Log10(value) >= _low - Rounding && Math.Log10(value) <= _high + Rounding) yield return value;
            }
    }

    /// <summary>Step between ticks: 1, 2 or 5 times a power of ten, for about five steps.</summary>
    double Step
    {
        get
        {
            var least = _high / TickCount;
            var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
            var factor = new[] { 1.0, 2, 5, 10 }.First(factor => factor * power >= least * (1 - Rounding));
            return Math.Max(_leastStep, factor * power);
        }
    }
}
