using System.Numerics;
using Paa.Boxes;
using Paa.Numerics;

namespace Paa.Inference;

/// <summary>Boxes with their scored classes: the candidates of NMS and of score voting.</summary>
/// <remarks>
/// A candidate is a pair of box and class, stored as one <see cref="RankKey"/>: ascending keys mean descending scores, with ties
/// by box, then by class. Memory is reused from image to image.
/// </remarks>
sealed class ScoredBoxes
{
    readonly int _labelBits;
    Box[] _boxes = [];
    bool[] _scored = [];
    ulong[] _keys = [];

    /// <param name="classCount">Number of classes K.</param>
    public ScoredBoxes(int classCount)
    {
        ClassCount = classCount;
        _labelBits = BitOperations.Log2((uint)Math.Max(classCount - 1, 1)) + 1;
    }

    /// <summary>Number of classes K.</summary>
    public int ClassCount { get; }

    /// <summary>Number of boxes.</summary>
    public int BoxCount { get; private set; }

    /// <summary>Number of candidates.</summary>
    public int Count { get; private set; }

    /// <summary>The keys of the candidates, in any order.</summary>
    public Span<ulong> Keys => _keys.AsSpan(0, Count);

    /// <summary>Removes all boxes and candidates.</summary>
    public void Clear() => (BoxCount, Count) = (0, 0);

    /// <summary>Adds boxes, not yet set.</summary>
    /// <returns>Index of the first one.</returns>
    public int AddBoxes(int count)
    {
        var first = BoxCount;
        BoxCount += count;
        if (_boxes.Length < BoxCount)
        {
            Array.Resize(ref _boxes, 2 * BoxCount);
            Array.Resize(ref _scored, 2 * BoxCount);
        }
        _scored.AsSpan(first, count).Clear();
        return first;
    }

    /// <summary>The box at an index.</summary>
    public ref Box this[int box] => ref _boxes[box];

    /// <summary>Whether a box has a candidate; other boxes need not be set.</summary>
    public bool IsScored(int box) => _scored[box];

    /// <summary>Adds a candidate.</summary>
    public void Add(int box, int label, float score)
    {
        if (Count == _keys.Length) Array.Resize(ref _keys, Math.Max(1024, 2 * Count));
        _keys[Count++] = RankKey.Descending(score, box << _labelBits | label);
        _scored[box] = true;
    }

    /// <summary>Index of a candidate's box.</summary>
    public int BoxIndex(ulong key) => RankKey.Index(key) >>> _labelBits;

    /// <summary>Class of a candidate.</summary>
    public int Label(ulong key) => RankKey.Index(key) & (1 << _labelBits) - 1;

    /// <summary>Box, score and class of a candidate.</summary>
    public Detection Detection(ulong key) => new(_boxes[BoxIndex(key)], RankKey.DescendingValue(key), Label(key));

    /// <summary>Largest coordinate of the boxes that have a candidate; 0 without any.</summary>
    public float LargestCoordinate()
    {
        var largest = float.NegativeInfinity;
        for (var i = 0; i < BoxCount; i++)
        {
            if (!_scored[i]) continue;
            ref readonly var box = ref _boxes[i];
            largest = MathF.Max(largest, MathF.Max(MathF.Max(box.X1, box.Y1), MathF.Max(box.X2, box.Y2)));
        }
        return Count == 0 ? 0 : largest;
    }
}
