namespace Paa.Evaluation;

/// <summary>
/// Precision at the recall points, and total recall, from the outcomes of one category: <c>COCOeval.accumulate</c>.
/// </summary>
/// <remarks>
/// Between two true positives precision can only fall and recall is constant, so only true positives are visited. One instance
/// serves one thread: it holds scratch memory.
/// </remarks>
sealed class PrecisionRecall
{
    /// <summary>NumPy's <c>spacing(1)</c>; avoids 0/0.</summary>
    const double Epsilon = 2.220446049250313e-16;

    static readonly double[] Points = CocoParameters.RecallPoints;

    double[] _precision = [];       // at each true positive

    /// <summary>Computes total recall, and precision at the recall points.</summary>
    /// <param name="outcomes">Outcomes of the detections in descending order of score; see <see cref="PairMatcher"/>.</param>
    /// <param name="threshold">Index of the IoU threshold.</param>
    /// <param name="objectCount">Number of objects to find, more than 0.</param>
    /// <param name="sampled">[R]; receives the precision at the recall points.</param>
    public double Compute(ReadOnlySpan<uint> outcomes, int threshold, int objectCount, Span<double> sampled)
    {
        if (_precision.Length < outcomes.Length) _precision = new double[outcomes.Length];
        int truePositives = 0, falsePositives = 0;
        foreach (var outcome in outcomes)
        {
            falsePositives += (int)(outcome >> (PairMatcher.FalsePositives + threshold)) & 1;
            if (((outcome >> threshold) & 1) == 0) continue;
            truePositives++;
            _precision[truePositives - 1] = truePositives / ((double)(falsePositives + truePositives) + Epsilon);
        }
        for (var i = truePositives - 1; i > 0; i--) _precision[i - 1] = Math.Max(_precision[i - 1], _precision[i]);
        sampled.Clear();
        for (int r = 0, i = 0; r < Points.Length; r++)
        {
            while (i < truePositives && (i + 1) / (double)objectCount < Points[r]) i++;
            if (i == truePositives) break;
            sampled[r] = _precision[i];
        }
        return truePositives / (double)objectCount;
    }
}
