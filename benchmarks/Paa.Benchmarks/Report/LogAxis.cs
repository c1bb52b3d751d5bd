namespace Paa.Benchmarks.Report;

/// <summary>A logarithmic axis from one place to another.</summary>
/// <param name="min">Lowest value, positive.</param>
/// <param name="max">Highest value.</param>
/// <param name="from">Where the lowest one is drawn.</param>
/// <param name="to">Where the highest one is drawn.</param>
sealed class LogAxis(double min, double max, double from, double to)
{
    readonly double _low = Math.Log10(min), _span = Math.Max(0.3, Math.Log10(max) - Math.Log10(min));

    /// <summary>Where a value is drawn.</summary>
    public double this[double value] => from + (Math.Log10(value) - _low) / _span * (to - from);

    /// <summary>Round values inside: powers of ten, and 2 and 5 times them where there are few.</summary>
    public IEnumerable<double> Ticks()
    {
        double[] factors = _span > 3 ? [1] : _span > 1.2 ? [1, 3] : [1, 2, 5];
        for (var power = Math.Floor(_low); power <= _low + _span; power++)
            foreach (var factor in factors)
            {
                var value = factor * Math.Pow(10, power);
                if (Math.Log10(value) >= _low - 1e-9 && Math.Log10(value) <= _low + _span + 1e-9) yield return value;
            }
    }
}
