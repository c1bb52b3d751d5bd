using Paa.Inference;

namespace Paa.Tests.Golden;

/// <summary>Assertions with the tolerance of the golden data:
/// |expected - actual| &lt;= absolute + relative * |expected|.</summary>
public static class GoldenAssert
{
    /// <summary>Compares two flat arrays and names the worst entry. NaN equals NaN.</summary>
    public static void Close(
        ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double absolute, double relative = 0, string what = "")
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
    public static void Close(
        ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double absolute, double relative = 0, string what = "")
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

    /// <summary>Compares detections as sets: neighbours whose scores are equal up to rounding may change places.</summary>
    /// <param name="expected">Rows (x1, y1, x2, y2, score).</param>
    /// <param name="expectedLabels">Their labels.</param>
    /// <param name="actual">Detections.</param>
    /// <param name="score">Tolerance of scores.</param>
    /// <param name="pixels">Tolerance of coordinates.</param>
    public static void SameDetections(
        float[] expected, int[] expectedLabels, IEnumerable<Detection> actual, float score = 1e-5f, float pixels = 1e-2f)
    {
        var left = actual.ToList();
        Assert.Equal(expectedLabels.Length, left.Count);
        foreach (var (row, label) in expected.Chunk(5).Zip(expectedLabels))
        {
            var match = left.FindIndex(detection => detection.Label == label && Near(detection.Score, row[4], score)
                && Near(detection.Box.X1, row[0], pixels) && Near(detection.Box.Y1, row[1], pixels)
                && Near(detection.Box.X2, row[2], pixels) && Near(detection.Box.Y2, row[3], pixels));
            Assert.True(match >= 0, $"No detection is near ({string.Join(", ", row)}) of class {label}.");
            left.RemoveAt(match);
        }

        static bool Near(float a, float b, float tolerance) => MathF.Abs(a - b) <= tolerance;
    }

    static double Excess(double expected, double actual, double absolute, double relative)
    {
        if (expected.Equals(actual)) return 0;
        var over = Math.Abs(expected - actual) - absolute - relative * Math.Abs(expected);
        return double.IsNaN(over) ? double.PositiveInfinity : over;
    }
}
