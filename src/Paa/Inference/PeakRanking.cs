using System.Numerics;
using Paa.Numerics;

namespace Paa.Inference;

/// <summary>Finds the anchors of a level whose best class scores highest.</summary>
sealed class PeakRanking
{
    float[] _peaks = [];
    ulong[] _keys = [];

    /// <summary>Ranks anchors by their peak, on ties by ascending anchor.</summary>
    /// <param name="classLogits">[K, anchors].</param>
    /// <param name="iouScores">One an anchor, padded to whole vectors.</param>
    /// <param name="anchorCount">Number of anchors.</param>
    /// <param name="best">Receives as many anchors as it has places, best first.</param>
    public void FindBest(ReadOnlySpan<float> classLogits, ReadOnlySpan<float> iouScores, int anchorCount, Span<int> best)
    {
        if (_peaks.Length < iouScores.Length) (_peaks, _keys) = (new float[iouScores.Length], new ulong[iouScores.Length]);
        var peaks = _peaks.AsSpan(0, iouScores.Length);
        peaks.Fill(float.NegativeInfinity);
        for (var start = 0; start < classLogits.Length; start += anchorCount)
            MaxInPlace(peaks, classLogits.Slice(start, anchorCount));
        for (var i = 0; i < peaks.Length; i += Vector<float>.Count)             // the score grows with the logit
            JointScore.Of(Vector.Create<float>(peaks[i..]), Vector.Create(iouScores[i..])).CopyTo(peaks[i..]);

        for (var anchor = 0; anchor < anchorCount; anchor++) _keys[anchor] = RankKey.Descending(peaks[anchor], anchor);
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
