using System.Numerics;
using Paa.Numerics;

namespace Paa.Inference;

/// <summary>The best class of every anchor of a level, and the anchors whose best class scores highest.</summary>
sealed class PeakRanking
{
    float[] _peaks = [];
    ulong[] _keys = [];

    /// <summary>The largest class logit of every anchor.</summary>
    /// <param name="classLogits">[K, anchors].</param>
    /// <param name="anchorCount">Number of anchors.</param>
    /// <returns>One an anchor, in reused memory, padded to whole vectors with negative infinity.</returns>
    public ReadOnlySpan<float> FindPeaks(ReadOnlySpan<float> classLogits, int anchorCount)
    {
        var padded = Logistic.PaddedLength(anchorCount);
        if (_peaks.Length < padded) (_peaks, _keys) = (new float[padded], new ulong[padded]);
        var peaks = _peaks.AsSpan(0, padded);
        peaks.Fill(float.NegativeInfinity);
        for (var start = 0; start < classLogits.Length; start += anchorCount)
            MaxInPlace(peaks, classLogits.Slice(start, anchorCount));
        return peaks;
    }

    /// <summary>Ranks anchors by the score of their best class, on ties by ascending anchor.</summary>
    /// <param name="peaks">Largest class logits, as <see cref="FindPeaks"/> returns them: the score grows with the logit.</param>
    /// <param name="iouScores">One an anchor, padded to whole vectors.</param>
    /// <param name="anchorCount">Number of anchors.</param>
    /// <param name="best">Receives as many anchors as it has places, best first.</param>
    public void FindBest(ReadOnlySpan<float> peaks, ReadOnlySpan<float> iouScores, int anchorCount, Span<int> best)
    {
        for (var i = 0; i < anchorCount; i += Vector<float>.Count)
        {
            var scores = JointScore.Of(Vector.Create(peaks[i..]), Vector.Create(iouScores[i..]));
            for (var lane = 0; lane < Vector<float>.Count; lane++) _keys[i + lane] = RankKey.Descending(scores[lane], i + lane);
        }
        var queue = new BestFirst(_keys.AsSpan(0, anchorCount));
        for (var rank = 0; rank < best.Length && queue.TryTake(out var key); rank++) best[rank] = RankKey.Index(key);
    }

    static void MaxInPlace(Span<float> peaks, ReadOnlySpan<float> values)
    {
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            Vector.Max(Vector.Create<float>(peaks[i..]), Vector.Create(values[i..])).CopyTo(peaks[i..]);
        for (; i < values.Length; i++) peaks[i] = MathF.Max(peaks[i], values[i]);
    }
}
