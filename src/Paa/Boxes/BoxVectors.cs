using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Paa.Numerics;

namespace Paa.Boxes;

/// <summary>
/// Sixteen boxes by coordinate, to be decoded (<see cref="BoxCoder"/>) or compared (<see cref="BoxOverlap"/>) together.
/// </summary>
/// <param name="X1">Left edges.</param>
/// <param name="Y1">Top edges.</param>
/// <param name="X2">Right edges.</param>
/// <param name="Y2">Bottom edges.</param>
readonly record struct BoxVectors(Vector512<float> X1, Vector512<float> Y1, Vector512<float> X2, Vector512<float> Y2)
{
    /// <summary>Number of boxes.</summary>
    public const int Count = VectorMath.Lanes;

    public Vector512<float> Width => X2 - X1;

    public Vector512<float> Height => Y2 - Y1;

    public Vector512<float> Area => Width * Height;

    /// <summary>Loads boxes into vectors.</summary>
    /// <param name="boxes">Up to <see cref="Count"/> boxes; missing ones become zero.</param>
    public static BoxVectors Load(ReadOnlySpan<Box> boxes)
    {
        var (x1, y1, x2, y2) = Transpose(MemoryMarshal.Cast<Box, float>(boxes));
        return new BoxVectors(x1, y1, x2, y2);
    }

    /// <summary>The four columns of up to sixteen rows of four values; missing rows are zero.</summary>
    internal static (Vector512<float>, Vector512<float>, Vector512<float>, Vector512<float>) Transpose(ReadOnlySpan<float> rows)
    {
        Span<float> columns = stackalloc float[4 * Count];
        for (var i = 0; i < rows.Length; i++) columns[i % 4 * Count + i / 4] = rows[i];
        return (Vector512.Create<float>(columns), Vector512.Create<float>(columns[Count..]),
            Vector512.Create<float>(columns[(2 * Count)..]), Vector512.Create<float>(columns[(3 * Count)..]));
    }
}

/// <summary>A growing list of boxes with scores, stored by coordinate so that one box is compared with many at a time.</summary>
sealed class BoxColumns
{
    // Rows of one array: X1, Y1, X2, Y2, area, score. NaN past the end, so that every comparison there is false.
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

    /// <summary>Left edges of a vector of boxes.</summary>
    /// <param name="start">Index of the first box, a multiple of the vector's length; NaN past the last box.</param>
    public Vector<float> X1(int start) => Row(0, start);

    /// <summary>Top edges.</summary>
    /// <inheritdoc cref="X1"/>
    public Vector<float> Y1(int start) => Row(1, start);

    /// <summary>Right edges.</summary>
    /// <inheritdoc cref="X1"/>
    public Vector<float> X2(int start) => Row(2, start);

    /// <summary>Bottom edges.</summary>
    /// <inheritdoc cref="X1"/>
    public Vector<float> Y2(int start) => Row(3, start);

    /// <summary>Areas.</summary>
    /// <inheritdoc cref="X1"/>
    public Vector<float> Area(int start) => Row(4, start);

    /// <summary>Scores.</summary>
    /// <inheritdoc cref="X1"/>
    public Vector<float> Score(int start) => Row(5, start);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector<float> Row(int row, int start) => Vector.LoadUnsafe(ref _values[row * _capacity + start]);

    void Grow()
    {
        var capacity = Math.Max(2 * _capacity, 2 * Vector<float>.Count);        // always a multiple of the vector's length
        var values = new float[Rows * capacity];
        Array.Fill(values, float.NaN);
        for (var row = 0; row < Rows; row++) _values.AsSpan(row * _capacity, Count).CopyTo(values.AsSpan(row * capacity));
        (_values, _capacity) = (values, capacity);
    }
}
