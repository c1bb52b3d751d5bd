using System.Numerics;
using Paa.Numerics;

namespace Paa.Inference;

/// <summary>MMDetection's selection: the anchors of highest peak score, then all their classes above the threshold.</summary>
/// <param name="limit">Maximum number of anchors kept per level; all if not positive.</param>
/// <param name="threshold">Scores must exceed this.</param>
sealed class AnchorSelector(int limit, float threshold) : ICandidateSelector
{
    readonly PeakRanking _ranking = new();
    float[] _allIouScores = [];

    // Kept anchors by rank: best first if the level is cut, else ascending. The inverse by anchor: rank + 1, or 0 if not kept.
    int[] _kept = [], _rankOf = [];

    // Kept anchors with a class that may pass, ascending, so that logits are read sequentially; padded to whole vectors.
    int[] _anchors = [], _ranks = [];
    float[] _iouScores = [], _leastLogits = [], _logits = [];

    /// <inheritdoc/>
    public ReadOnlySpan<int> Select(ReadOnlySpan<float> classLogits, ReadOnlySpan<float> iouLogits, ScoredBoxes candidates)
    {
        var anchorCount = iouLogits.Length;
        Reserve(anchorCount);
        var iouScores = _allIouScores.AsSpan(0, Logistic.PaddedLength(anchorCount));
        iouLogits.CopyTo(iouScores);
        Logistic.SigmoidInPlace(iouScores);

        var peaks = _ranking.FindPeaks(classLogits, anchorCount);
        var kept = _kept.AsSpan(0, limit > 0 ? Math.Min(limit, anchorCount) : anchorCount);
        if (kept.Length < anchorCount) _ranking.FindBest(peaks, iouScores, anchorCount, kept);
        else for (var i = 0; i < kept.Length; i++) kept[i] = i;

        var passing = CollectPassing(kept, peaks, iouScores, anchorCount);
        var firstBox = candidates.AddBoxes(kept.Length);
        for (var label = 0; label < candidates.ClassCount; label++)
            AddScores(classLogits.Slice(label * anchorCount, anchorCount), label, passing, firstBox, candidates);
        return kept;
    }

    /// <summary>Gathers the kept anchors whose best class may pass.</summary>
    /// <returns>Their number.</returns>
    int CollectPassing(ReadOnlySpan<int> kept, ReadOnlySpan<float> peaks, ReadOnlySpan<float> iouScores, int anchorCount)
    {
        _rankOf.AsSpan(0, anchorCount).Clear();
        for (var rank = 0; rank < kept.Length; rank++) _rankOf[kept[rank]] = rank + 1;
        for (var i = 0; i < anchorCount; i += Vector<float>.Count)
            JointScore.LeastLogit(Vector.Create(iouScores[i..]), threshold).CopyTo(_leastLogits, i);

        var count = 0;
        for (var anchor = 0; anchor < anchorCount; anchor++)
        {
            if (_rankOf[anchor] == 0 || !(peaks[anchor] > _leastLogits[anchor])) continue;
            (_anchors[count], _ranks[count]) = (anchor, _rankOf[anchor] - 1);
            (_iouScores[count], _leastLogits[count]) = (iouScores[anchor], _leastLogits[anchor]);
            count++;
        }
        _logits.AsSpan(count, Logistic.PaddedLength(count) - count).Fill(float.NaN);
        return count;
    }

    /// <summary>Adds the candidates of one class.</summary>
    void AddScores(ReadOnlySpan<float> logits, int label, int count, int firstBox, ScoredBoxes candidates)
    {
        for (var i = 0; i < count; i++) _logits[i] = logits[_anchors[i]];
        for (var i = 0; i < count; i += Vector<float>.Count)
        {
            var some = new Vector<float>(_logits, i);
            if (!Vector.GreaterThanAny(some, new Vector<float>(_leastLogits, i))) continue;
            var scores = JointScore.Of(some, new Vector<float>(_iouScores, i));
            for (var lane = 0; lane < Vector<float>.Count; lane++)
                if (scores[lane] > threshold) candidates.Add(firstBox + _ranks[i + lane], label, scores[lane]);
        }
    }

    void Reserve(int anchorCount)
    {
        var length = Logistic.PaddedLength(anchorCount);
        if (_kept.Length >= length) return;
        (_kept, _rankOf, _anchors, _ranks) = (new int[length], new int[length], new int[length], new int[length]);
        (_allIouScores, _iouScores) = (new float[length], new float[length]);
        (_leastLogits, _logits) = (new float[length], new float[length]);
    }
}

/// <summary>Finds the best class of every anchor of a level, and ranks anchors by its score.</summary>
sealed class PeakRanking
{
    float[] _peaks = [];
    ulong[] _keys = [];

    /// <summary>Computes the largest class logit of every anchor.</summary>
    /// <param name="classLogits">[K, anchors].</param>
    /// <param name="anchorCount">Number of anchors.</param>
    /// <returns>One logit per anchor, in reused memory, padded to whole vectors with negative infinity.</returns>
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

    /// <summary>Ranks anchors by the score of their best class, ties by ascending anchor.</summary>
    /// <param name="peaks">The result of <see cref="FindPeaks"/>; a higher logit means a higher class score.</param>
    /// <param name="iouScores">One score per anchor, padded to whole vectors.</param>
    /// <param name="anchorCount">Number of anchors.</param>
    /// <param name="best">Receives the best anchors, best first; its length is their number.</param>
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
