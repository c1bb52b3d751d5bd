using System.Runtime.InteropServices;
using Paa.Assignment;
using Paa.Boxes;
using Paa.Data;
using Paa.Models;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>Head outputs with one row per anchor: image by image, level by level, row by row.</summary>
/// <param name="ClassLogits">[N * A, K].</param>
/// <param name="BoxDeltas">[N * A, 4].</param>
/// <param name="IouLogits">[N * A].</param>
sealed record FlatOutputs(Tensor ClassLogits, Tensor BoxDeltas, Tensor IouLogits)
{
    /// <summary>Reorders the outputs; the result shares their graph.</summary>
    public static FlatOutputs From(HeadOutputs<Tensor> outputs) =>
        new(Flatten(outputs.ClassLogits), Flatten(outputs.BoxDeltas), Flatten(outputs.IouLogits).Reshape(-1));

    /// <summary>Selects the rows of some anchors.</summary>
    /// <param name="index">[n] int64, image * A + anchor.</param>
    public FlatOutputs Rows(Tensor index) =>
        new(ClassLogits.IndexSelect(0, index), BoxDeltas.IndexSelect(0, index), IouLogits.IndexSelect(0, index));

    static Tensor Flatten(Tensor[] maps)
    {
        var (imageCount, channels) = (maps[0].Size(0), maps[0].Size(1));
        Tensor[] rows = [.. maps.Select(map => map.Permute(0, 2, 3, 1).Reshape(imageCount, -1, channels))]; // [N, A_l, C]
        return Tensor.Concat(rows, 1).Reshape(-1, channels);
    }
}

/// <summary>Some anchors of a batch, each with its box and class, on the host and ready for upload.</summary>
/// <remarks>Row numbers are those of <see cref="FlatOutputs"/>: image * A + anchor.</remarks>
sealed class AnchorRows
{
    readonly long[] _rows;
    readonly int[] _labels;
    readonly Box[] _anchors;
    readonly Box[] _boxes;
    int _count;

    AnchorRows(int capacity) =>
        (_rows, _labels, _anchors, _boxes) = (new long[capacity], new int[capacity], new Box[capacity], new Box[capacity]);

    /// <summary>Number of rows.</summary>
    public int Count => _count;

    /// <summary>All candidates of all images: images in order, anchors ascending.</summary>
    public static AnchorRows Candidates(AnchorGrid grid, IReadOnlyList<Sample> samples)
    {
        var rows = new AnchorRows(samples.Sum(sample => sample.Candidates.Anchors.Length));
        for (var i = 0; i < samples.Count; i++)
            rows.Add(grid, i, samples[i].Targets, samples[i].Candidates.Anchors, samples[i].Candidates.Boxes);
        return rows;
    }

    /// <summary>All positives of all images.</summary>
    public static AnchorRows Positives(
        AnchorGrid grid, IReadOnlyList<Sample> samples, IReadOnlyList<AssignmentResult> assignments)
    {
        var rows = new AnchorRows(assignments.Sum(assignment => assignment.Positives.Length));
        for (var i = 0; i < samples.Count; i++)
            rows.Add(grid, i, samples[i].Targets, assignments[i].Positives, assignments[i].Boxes);
        return rows;
    }

    /// <summary>[rows, K], 1 at the flat positions row * K + class and 0 elsewhere.</summary>
    public static Tensor OneHot(long[] flatIndices, long rows, int classCount, Device device)
    {
        var target = Tensor.Zeros([rows * classCount], device: device);
        if (flatIndices.Length > 0)
            target.ScatterInPlace(0, Tensor.Upload(flatIndices, device, flatIndices.Length), 1);
        return target.Reshape(rows, classCount);
    }

    /// <summary>Row numbers, [n] int64.</summary>
    public Tensor IndexTensor(Device device) => Tensor.Upload(_rows, device, _count);

    /// <summary>Anchors, [n, 4].</summary>
    public Tensor AnchorTensor(Device device) => Upload(_anchors, device);

    /// <summary>Ground-truth boxes, [n, 4].</summary>
    public Tensor BoxTensor(Device device) => Upload(_boxes, device);

    /// <summary>Position of each row's class in the flattened class logits of the batch.</summary>
    public long[] ClassIndices(int classCount) => ClassIndices(classCount, i => _rows[i]);

    /// <summary>Position of each row's class in the flattened class logits of these rows alone.</summary>
    public long[] OwnClassIndices(int classCount) => ClassIndices(classCount, i => i);

    long[] ClassIndices(int classCount, Func<int, long> row)
    {
        var indices = new long[_count];
        for (var i = 0; i < indices.Length; i++) indices[i] = row(i) * classCount + _labels[i];
        return indices;
    }

    static Tensor Upload(Box[] boxes, Device device) =>
        Tensor.Upload<float>(MemoryMarshal.Cast<Box, float>(boxes), device, boxes.Length, 4);

    void Add(AnchorGrid grid, int image, in Targets targets, ReadOnlySpan<int> anchors, ReadOnlySpan<int> boxes)
    {
        for (var i = 0; i < anchors.Length; i++, _count++)
        {
            _rows[_count] = (long)image * grid.Count + anchors[i];
            _labels[_count] = targets.Labels[boxes[i]];
            _anchors[_count] = grid.Boxes[anchors[i]];
            _boxes[_count] = targets.Boxes[boxes[i]];
        }
    }
}
