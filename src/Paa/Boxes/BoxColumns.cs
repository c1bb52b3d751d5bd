using System.Numerics;
using System.Runtime.CompilerServices;

namespace Paa.Boxes;

/// <summary>A growing list of boxes with scores, kept by coordinate, so that one box is compared with many at a time.</summary>
sealed class BoxColumns
{
    // Rows of one array: X1, Y1, X2, Y2, area, score. NaN beyond the end, so that no comparison holds there.
    const int Rows = 6;

    float[] _values = [];
    int _capacity;

    /// <summary>Number of boxes.</summary>
    public int Count { get; private set; }

    /// <summary>Removes all boxes.</summary>
    public void Clear()
    {
        for (var row = 0; row < Rows; row++) _values.AsSpan(row * _capacity, Count).Fill(float.NaN);
        Count = 0;
    }

    /// <summary>Appends a box.</summary>
    public void Add(in Box box, float score = 0)
    {
        if (Count == _capacity) Grow();
        _values[Count] = box.X1;
        _values[_capacity + Count] = box.Y1;
        _values[2 * _capacity + Count] = box.X2;
        _values[3 * _capacity + Count] = box.Y2;
        _values[4 * _capacity + Count] = box.Area;
        _values[5 * _capacity + Count] = score;
        Count++;
    }

    /// <summary>Whether the IoU of a box with any of these exceeds a threshold; exactly at it is not above it.</summary>
    /// <remarks>Without a division: intersection &gt; threshold * union, in single precision.</remarks>
    public bool AnyIouAbove(in Box box, float threshold)
    {
        for (var i = 0; i < Count; i += Vector<float>.Count)
        {
            var intersection = Intersection(i, box);
            var union = Row(4, i) + Vector.Create(box.Area) - intersection;
            if (Vector.GreaterThanAny(intersection, threshold * union)) return true;
        }
        return false;
    }

    /// <summary>The mean of these boxes, weighted by score and nearness to a box.</summary>
    /// <param name="box">The box.</param>
    /// <param name="minIou">Only boxes whose IoU with it exceeds this count.</param>
    /// <param name="temperature">The weight is score * exp(-(1 - IoU)^2 / temperature).</param>
    /// <returns>The mean, or <paramref name="box"/> if no box counts.</returns>
    public Box WeightedMean(in Box box, float minIou, float temperature)
    {
        var (x1, y1, x2, y2) = (Vector.Create(box.X1), Vector.Create(box.Y1), Vector.Create(box.X2), Vector.Create(box.Y2));
        var (sumX1, sumY1, sumX2, sumY2) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        var total = Vector<float>.Zero;
        for (var i = 0; i < Count; i += Vector<float>.Count)
        {
            var intersection = Intersection(i, box);
            var union = Vector.Max(Vector.Create(box.Area) + Row(4, i) - intersection, Vector.Create(BoxOverlap.Epsilon));
            var iou = intersection / union;
            var near = Vector.GreaterThan(iou, Vector.Create(minIou));
            if (Vector.EqualsAll(near, Vector<int>.Zero)) continue;
            var distance = Vector<float>.One - iou;
            var weight = Masked(near, Vector.Exp(-(distance * distance) / temperature) * Row(5, i));
            total += weight;
            sumX1 += weight * Masked(near, Row(0, i) - x1);             // differences are small, and so is their rounding
            sumY1 += weight * Masked(near, Row(1, i) - y1);
            sumX2 += weight * Masked(near, Row(2, i) - x2);
            sumY2 += weight * Masked(near, Row(3, i) - y2);
        }
        var sum = Vector.Sum(total);
        if (!(sum > 0)) return box;
        return new Box(
            box.X1 + Vector.Sum(sumX1) / sum, box.Y1 + Vector.Sum(sumY1) / sum,
            box.X2 + Vector.Sum(sumX2) / sum, box.Y2 + Vector.Sum(sumY2) / sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector<float> Intersection(int start, in Box box)
    {
        var width = Vector.Min(Vector.Create(box.X2), Row(2, start)) - Vector.Max(Vector.Create(box.X1), Row(0, start));
        var height = Vector.Min(Vector.Create(box.Y2), Row(3, start)) - Vector.Max(Vector.Create(box.Y1), Row(1, start));
        return Vector.Max(width, Vector<float>.Zero) * Vector.Max(height, Vector<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector<float> Row(int row, int start) => Vector.LoadUnsafe(ref _values[row * _capacity + start]);

    static Vector<float> Masked(Vector<int> mask, Vector<float> value) =>
        Vector.ConditionalSelect(mask, value, Vector<float>.Zero);

    void Grow()
    {
        var capacity = Math.Max(2 * _capacity, 2 * Vector<float>.Count);        // a multiple of the vector, always
        var values = new float[Rows * capacity];
        Array.Fill(values, float.NaN);
        for (var row = 0; row < Rows; row++) _values.AsSpan(row * _capacity, Count).CopyTo(values.AsSpan(row * capacity));
        (_values, _capacity) = (values, capacity);
    }
}
