using System.Numerics;
using System.Runtime.InteropServices;
using Paa.Numerics;

namespace Paa.Inference;

/// <summary>
/// Selection of the authors' code: pairs of anchor and class whose class score alone passes the threshold, and of these the pairs
/// with the highest sqrt(class score * IoU score).
/// </summary>
/// <param name="limit">Maximum number of pairs kept per level; all if not positive.</param>
/// <param name="threshold">Class scores must exceed this.</param>
sealed class PairSelector(int limit, float threshold) : ICandidateSelector
{
    float[] _iouScores = [], _logits = [];
    readonly List<ulong> _pairs = [];
    readonly List<int> _anchors = [];

    /// <inheritdoc/>
    public ReadOnlySpan<int> Select(ReadOnlySpan<float> classLogits, ReadOnlySpan<float> iouLogits, ScoredBoxes candidates)
    {
        FindPairs(classLogits, iouLogits, candidates.ClassCount);
        var count = limit > 0 ? Math.Min(limit, _pairs.Count) : _pairs.Count;
        var box = candidates.AddBoxes(count);
        var queue = new BestFirst(CollectionsMarshal.AsSpan(_pairs));
        _anchors.Clear();
        for (; _anchors.Count < count && queue.TryTake(out var pair); box++)
        {
            var (anchor, label) = Math.DivRem(RankKey.Index(pair), candidates.ClassCount);
            candidates.Add(box, label, RankKey.DescendingValue(pair));
            _anchors.Add(anchor);
        }
        return CollectionsMarshal.AsSpan(_anchors);
    }

    void FindPairs(ReadOnlySpan<float> classLogits, ReadOnlySpan<float> iouLogits, int classCount)
    {
        var (count, padded) = (iouLogits.Length, Logistic.PaddedLength(iouLogits.Length));
        if (_iouScores.Length < padded) (_iouScores, _logits) = (new float[padded], new float[padded]);
        iouLogits.CopyTo(_iouScores);
        Logistic.SigmoidInPlace(_iouScores.AsSpan(0, padded));
        _pairs.Clear();
        _logits.AsSpan(0, padded).Fill(float.NaN);
        var leastLogit = JointScore.LeastLogit(Vector.Create(1f), MathF.Sqrt(threshold));
        for (var label = 0; label < classCount; label++)
        {
            classLogits.Slice(label * count, count).CopyTo(_logits);
            for (var i = 0; i < padded; i += Vector<float>.Count)
            {
                var logits = new Vector<float>(_logits, i);
                if (!Vector.GreaterThanAny(logits, leastLogit)) continue;
                var classScores = Logistic.Sigmoid(logits);
                var scores = JointScore.Of(logits, new Vector<float>(_iouScores, i));
                for (var lane = 0; lane < Vector<float>.Count; lane++)
                {
                    if (!(classScores[lane] > threshold)) continue;
                    _pairs.Add(RankKey.Descending(scores[lane], (i + lane) * classCount + label));
                }
            }
        }
    }
}
