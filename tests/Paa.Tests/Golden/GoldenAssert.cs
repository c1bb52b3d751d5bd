namespace Paa.Tests.Golden;

/// <summary>Assertions with the tolerance of the golden data: |expected - actual| &lt;= absolute + relative * |expected|.</summary>
public static class GoldenAssert
{
    /// <summary>Compares two flat arrays and names the worst entry. NaN equals NaN.</summary>
    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double absolute, double relative = 0, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        var (worst, excess) = (-1, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            var over = Excess(expected[i], actual[i], absolute, relative);
            if (over > excess) (worst, excess) = (i, over);
        }
        Assert.True(worst < 0, worst < 0 ? "" : $"{what}[{worst}]: expected {expected[worst]:R}, got {actual[worst]:R}.");
    }

    /// <inheritdoc cref="Close(ReadOnlySpan{float}, ReadOnlySpan{float}, double, double, string)"/>
    public static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double absolute, double relative = 0, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        var (worst, excess) = (-1, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            var over = Excess(expected[i], actual[i], absolute, relative);
            if (over > excess) (worst, excess) = (i, over);
        }
        Assert.True(worst < 0, worst < 0 ? "" : $"{what}[{worst}]: expected {expected[worst]:R}, got {actual[worst]:R}.");
    }

    static double Excess(double expected, double actual, double absolute, double relative)
    {
        if (expected.Equals(actual)) return 0;
        var over = Math.Abs(expected - actual) - absolute - relative * Math.Abs(expected);
        return double.IsNaN(over) ? double.PositiveInfinity : over;
    }
}
