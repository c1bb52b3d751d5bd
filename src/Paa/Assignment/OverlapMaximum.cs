using System.Numerics;
using Paa.Boxes;
using Paa.Options;

namespace Paa.Assignment;

/// <summary>Keeps for every anchor the box that it overlaps most, while boxes are added one by one.</summary>
/// <param name="grid">The anchors.</param>
/// <param name="maxIou">Highest IoU of each anchor; starts at 0, or at <see cref="Excluded"/> for an excluded anchor.</param>
/// <param name="owner">Index of the box with that IoU, the first on ties; starts at 0.</param>
readonly ref struct OverlapMaximum(AnchorGrid grid, Span<float> maxIou, Span<int> owner)
{
    /// <summary>The IoU of an excluded anchor with every box.</summary>
    public const float Excluded = -1;

    readonly Span<float> _maxIou = maxIou;
    readonly Span<int> _owner = owner;

    /// <summary>Adds a box. Only anchors near it are visited: elsewhere the IoU is exactly 0.</summary>
    /// <param name="box">The box.</param>
    /// <param name="index">Its index, higher than those added before.</param>
    /// <param name="padShape">The image's own padded size; anchors outside it take no part.</param>
    /// <returns>The anchors that overlap this box most.</returns>
    public BestAnchors Add(in Box box, int index, ImageSize padShape)
    {
        var best = new BestAnchors();
        foreach (var level in grid.Levels)
        {
            var valid = level.ValidSize(padShape);
            var rows = Window(box.Y1, box.Y2, level.Top, level.Bottom, level.Stride, valid.Height);
            var columns = Widen(Window(box.X1, box.X2, level.Left, level.Right, level.Stride, valid.Width), valid.Width);
            for (var row = rows.First; row < rows.First + rows.Count; row++) AddRow(level, row, columns, box, index, best);
        }
        return best;
    }

    /// <summary>
    /// Computes the IoU of the box with part of one row. Anchors of a row share top and bottom, so only the left and right edges
    /// differ.
    /// </summary>
    void AddRow(AnchorLevel level, int row, (int First, int Count) columns, in Box box, int index, BestAnchors best)
    {
        var (top, bottom) = (Vector.Create(level.Top[row]), Vector.Create(level.Bottom[row]));
        var overlapY = BoxOverlap.SharedLength(Vector.Create(box.Y1), Vector.Create(box.Y2), top, bottom);
        var anchorHeight = bottom - top;
        var (x1, x2, area) = (Vector.Create(box.X1), Vector.Create(box.X2), Vector.Create(box.Area));
        var anchor = level.Start + row * level.Size.Width + columns.First;
        var (column, end) = (columns.First, columns.First + columns.Count);
        for (; column <= end - Vector<float>.Count; column += Vector<float>.Count, anchor += Vector<float>.Count)
        {
            var left = Vector.Create(level.Left[column..]);
            var right = Vector.Create(level.Right[column..]);
            var intersection = BoxOverlap.SharedLength(x1, x2, left, right) * overlapY;
            Update(anchor, BoxOverlap.Iou(intersection, area, (right - left) * anchorHeight), index, best);
        }
        for (; column < end; column++, anchor++) Update(anchor, BoxOverlap.Iou(box, grid.Boxes[anchor]), index, best);
    }

    void Update(int anchor, Vector<float> iou, int index, BestAnchors best)
    {
        var before = Vector.Create<float>(_maxIou[anchor..]);
        iou = Vector.ConditionalSelect(Vector.Equals(before, Vector.Create(Excluded)), before, iou);
        var better = Vector.GreaterThan(iou, before);
        Vector.Max(iou, before).CopyTo(_maxIou[anchor..]);
        Vector.ConditionalSelect(better, Vector.Create(index), Vector.Create<int>(_owner[anchor..])).CopyTo(_owner[anchor..]);
        if (!Vector.GreaterThanOrEqualAny(iou, Vector.Create(best.Threshold))) return;
        for (var lane = 0; lane < Vector<float>.Count; lane++) best.Visit(anchor + lane, iou[lane]);
    }

    void Update(int anchor, float iou, int index, BestAnchors best)
    {
        if (_maxIou[anchor] == Excluded) return;
        if (iou > _maxIou[anchor]) (_maxIou[anchor], _owner[anchor]) = (iou, index);
        best.Visit(anchor, iou);
    }

    /// <summary>The rows or columns whose anchors may reach into the interval (low, high).</summary>
    static (int First, int Count) Window(
        float low, float high, ReadOnlySpan<float> starts, ReadOnlySpan<float> ends, int stride, int valid)
    {
        if (valid == 0) return default;
        var first = (int)Math.Clamp(Math.Floor(((double)low - ends[0]) / stride), 0, valid);
        var last = (int)Math.Clamp(Math.Ceiling(((double)high - starts[0]) / stride), 0, valid);
        return (first, Math.Max(last - first, 0));
    }

    /// <summary>Extends a window to whole vectors if the level is wide enough; the IoU is 0 in the added part.</summary>
    static (int First, int Count) Widen((int First, int Count) window, int valid)
    {
        var count = (window.Count + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        return count <= valid ? (Math.Min(window.First, valid - count), count) : window;
    }
}

/// <summary>The anchors that overlap one box most; anchors are visited in ascending order.</summary>
sealed class BestAnchors
{
    /// <summary>Highest IoU so far.</summary>
    public float Iou { get; private set; }

    /// <summary>All anchors with that IoU, ascending; empty while it is 0, the IoU of almost every anchor.</summary>
    public List<int> Anchors { get; } = [];

    /// <summary>Only values from here on need a call of <see cref="Visit"/>.</summary>
    public float Threshold => MathF.Max(Iou, float.Epsilon);

    /// <summary>Updates the maximum with an anchor.</summary>
    public void Visit(int anchor, float iou)
    {
        if (iou < Threshold) return;
        if (iou > Iou) Anchors.Clear();
        Iou = iou;
        Anchors.Add(anchor);
    }
}

/// <summary>
/// Measures how well the anchors cover boxes. A box that no anchor overlaps well has few candidates to learn from.
/// </summary>
/// <param name="options">Strides and scale of the anchors.</param>
public sealed class AnchorCoverage(AnchorOptions options)
{
    readonly AnchorGenerator _generator = new(options);

    /// <summary>Computes the highest IoU of each box with any anchor.</summary>
    /// <param name="input">Padded size of the network's input.</param>
    /// <param name="boxes">Boxes in pixels of the input.</param>
    /// <returns>One value per box, 0 to 1.</returns>
    public float[] BestIous(ImageSize input, ReadOnlySpan<Box> boxes)
    {
        var grid = _generator.Grid(input);
        var overlap = new OverlapMaximum(grid, new float[grid.Count], new int[grid.Count]);
        var best = new float[boxes.Length];
        for (var i = 0; i < boxes.Length; i++) best[i] = overlap.Add(boxes[i], i, input).Iou;
        return best;
    }
}
