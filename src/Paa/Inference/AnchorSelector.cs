using System.Numerics;
using Paa.Numerics;

namespace Paa.Inference;

/// <summary>Selection of MMDetection: the anchors of highest peak score, then all their classes above the threshold.</summary>
/// <param name="limit">Anchors kept on a level; all if not positive.</param>
/// <param name="threshold">Scores must exceed this.</param>
sealed class AnchorSelector(int limit, float threshold) : ICandidateSelector
{
    readonly PeakRanking _ranking = new();

    int[] _anchors = [];                                // by rank: best first if the level is cut, else ascending

    // The same anchors in ascending order, so that a class's logits are read from front to back; padded to whole vectors.
    int[] _positions = [], _ranks = [];
    float[] _iouScores = [], _leastLogits = [], _logits = [];

    int[] _rankOf = [];                                 // by position: rank + 1, or 0 if not kept
    float[] _allIouScores = [];

    /// <inheritdoc/>
    public ReadOnlySpan<int> Select(ReadOnlySpan<float> classLogits, ReadOnlySpan<float> iouLogits, ScoredBoxes candidates)
    {
        var count = Keep(classLogits, iouLogits);
        var firstBox = candidates.AddBoxes(count);
        for (var label = 0; label < candidates.ClassCount; label++)
        {
            var plane = classLogits.Slice(label * iouLogits.Length, iouLogits.Length);
            for (var i = 0; i < count; i++) _logits[i] = plane[_positions[i]];
            for (var i = 0; i < count; i += Vector<float>.Count)
            {
                var logits = new Vector<float>(_logits, i);
                if (!Vector.GreaterThanAny(logits, new Vector<float>(_leastLogits, i))) continue;
                var scores = JointScore.Of(logits, new Vector<float>(_iouScores, i));
                for (var lane = 0; lane < Vector<float>.Count; lane++)
                    if (scores[lane] > threshold) candidates.Add(firstBox + _ranks[i + lane], label, scores[lane]);
            }
        }
        return _anchors.AsSpan(0, count);
    }

    /// <summary>Chooses anchors and prepares what scoring their classes needs.</summary>
    /// <returns>Their number.</returns>
    int Keep(ReadOnlySpan<float> classLogits, ReadOnlySpan<float> iouLogits)
    {
        Reserve(iouLogits.Length);
        var allIouScores = _allIouScores.AsSpan(0, Logistic.PaddedLength(iouLogits.Length));
        iouLogits.CopyTo(allIouScores);
        Logistic.SigmoidInPlace(allIouScores);

        var count = limit > 0 ? Math.Min(limit, iouLogits.Length) : iouLogits.Length;
        if (count < iouLogits.Length) _ranking.FindBest(classLogits, allIouScores, iouLogits.Length, _anchors.AsSpan(0, count));
        else for (var i = 0; i < count; i++) _anchors[i] = i;

        _rankOf.AsSpan(0, iouLogits.Length).Clear();
        for (var rank = 0; rank < count; rank++) _rankOf[_anchors[rank]] = rank + 1;
        for (var (position, i) = (0, 0); position < iouLogits.Length; position++)
        {
            if (_rankOf[position] == 0) continue;
            (_positions[i], _ranks[i], _iouScores[i]) = (position, _rankOf[position] - 1, allIouScores[position]);
            i++;
        }
        for (var i = count; i < Logistic.PaddedLength(count); i++) (_logits[i], _iouScores[i]) = (float.NaN, float.NaN);
        for (var i = 0; i < count; i += Vector<float>.Count)
            JointScore.LeastLogit(new Vector<float>(_iouScores, i), threshold).CopyTo(_leastLogits, i);
        return count;
    }

    void Reserve(int positionCount)
    {
        var length = Logistic.PaddedLength(positionCount);
        if (_anchors.Length >= length) return;
        (_anchors, _positions, _ranks, _rankOf) = (new int[length], new int[length], new int[length], new int[length]);
        (_iouScores, _leastLogits, _logits, _allIouScores) = (new float[length], new float[length], new float[length], new float[length]);
    }
}
