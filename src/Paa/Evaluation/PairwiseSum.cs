namespace Paa.Evaluation;

/// <summary>Sums as NumPy does, so that means agree with pycocotools to the last digit.</summary>
/// <remarks>Pairwise summation with eight running sums, <c>DOUBLE_pairwise_sum</c> in NumPy's <c>loops_utils.h</c>.</remarks>
static class PairwiseSum
{
    const int Block = 128;
    const int Lanes = 8;

    public static double Of(ReadOnlySpan<double> values)
    {
        if (values.Length < Lanes)
        {
            var sum = 0.0;
            foreach (var value in values) sum += value;
            return sum;
        }
        if (values.Length > Block)
        {
            var half = values.Length / 2 / Lanes * Lanes;
            return Of(values[..half]) + Of(values[half..]);
        }
        Span<double> lane = stackalloc double[Lanes];
        values[..Lanes].CopyTo(lane);
        var i = Lanes;
        for (; i <= values.Length - Lanes; i += Lanes)
            for (var j = 0; j < Lanes; j++) lane[j] += values[i + j];
        var total = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
        for (; i < values.Length; i++) total += values[i];
        return total;
    }
}
