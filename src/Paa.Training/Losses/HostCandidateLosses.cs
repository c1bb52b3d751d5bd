using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Models;
using Paa.Numerics;
using Paa.Options;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary><see cref="CandidateLosses"/> on the CPU: sixteen classes and sixteen boxes at a time, without a tensor for each step.
/// </summary>
/// <remarks>Candidates are independent, so the result does not depend on the number of threads.</remarks>
sealed class HostCandidateLosses(HeadOptions head)
{
    const int Lanes = VectorMath.Lanes;
    const int Chunk = 16 * Lanes;                       // candidates that a thread takes at a time

    readonly int _classCount = head.ClassCount;
    readonly int _paddedCount = (head.ClassCount + Lanes - 1) / Lanes * Lanes;
    readonly FocalTerms _focal = new((float)head.ClassificationLoss.Gamma);
    readonly float _alpha = (float)head.ClassificationLoss.Alpha;
    readonly float _classWeight = (float)head.ClassificationLoss.Weight, _boxWeight = (float)head.BoxLoss.Weight;

    /// <summary>Whether outputs lie in host memory, row by row, in single precision.</summary>
    public static bool CanRead(FlatOutputs flat) => CanRead(flat.ClassLogits) && CanRead(flat.BoxDeltas);

    /// <summary>Losses of the candidates of one image.</summary>
    /// <param name="flat">Head outputs that <see cref="CanRead(FlatOutputs)"/> accepts. Borrowed.</param>
    /// <param name="grid">The anchors.</param>
    /// <param name="target">The image's candidates, boxes and classes.</param>
    /// <param name="image">Its index in the batch.</param>
    /// <returns>One a candidate.</returns>
    public float[] Compute(FlatOutputs flat, AnchorGrid grid, ImageTargets target, int image)
    {
        var losses = new float[target.Candidates.Anchors.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = TorchRuntime.ThreadCount };
        Parallel.For(0, (losses.Length + Chunk - 1) / Chunk, options, chunk =>
        {
            var outputs = new ImageOutputs(flat, image, grid.Count, _classCount);
            Span<float> row = _paddedCount <= 2048 ? stackalloc float[_paddedCount] : new float[_paddedCount];
            row.Fill(float.NegativeInfinity);
            for (var i = chunk * Chunk; i < Math.Min(losses.Length, (chunk + 1) * Chunk); i += Lanes)
                ComputeBlock(outputs, grid, target, i, row, losses.AsSpan(i, Math.Min(Lanes, losses.Length - i)));
        });
        return losses;
    }

    static bool CanRead(Tensor tensor) => tensor.Device.IsCpu && tensor.Type == ScalarType.Float32 && tensor.IsContiguous;

    /// <summary>Losses of up to sixteen candidates. <c>row</c> is room for the logits of one anchor, padded with negative infinity.
    /// </summary>
    void ComputeBlock(
        ImageOutputs outputs, AnchorGrid grid, ImageTargets target, int start, Span<float> row, Span<float> losses)
    {
        Span<float> own = stackalloc float[Lanes], others = stackalloc float[Lanes];
        Span<BoxDeltas> deltas = stackalloc BoxDeltas[Lanes];
        Span<Box> anchors = stackalloc Box[Lanes], boxes = stackalloc Box[Lanes];
        for (var i = 0; i < losses.Length; i++)
        {
            var (anchor, box) = (target.Candidates.Anchors[start + i], target.Candidates.Boxes[start + i]);
            var label = target.Labels[box];
            outputs.Logits(anchor).CopyTo(row);
            (own[i], row[label]) = (row[label], float.NegativeInfinity);
            others[i] = _focal.Sum(row);
            (anchors[i], deltas[i], boxes[i]) = (grid.Boxes[anchor], outputs.Deltas[anchor], target.Boxes[box]);
        }
        var focal = Vector512.Create<float>(others) * (1 - _alpha) + _focal.Of(-Vector512.Create<float>(own)) * _alpha;
        var giou = BoxVectors.Giou(BoxVectors.Decode(BoxVectors.Load(anchors), deltas), BoxVectors.Load(boxes));
        (focal * _classWeight + (Vector512<float>.One - giou) * _boxWeight).CopyTo(own);
        own[..losses.Length].CopyTo(losses);
    }

    /// <summary>The rows of one image.</summary>
    readonly ref struct ImageOutputs(FlatOutputs flat, int image, int anchorCount, int classCount)
    {
        readonly ReadOnlySpan<float> _logits =
            flat.ClassLogits.AsSpan<float>().Slice(image * anchorCount * classCount, anchorCount * classCount);

        public readonly ReadOnlySpan<BoxDeltas> Deltas =
            MemoryMarshal.Cast<float, BoxDeltas>(flat.BoxDeltas.AsSpan<float>()).Slice(image * anchorCount, anchorCount);

        public ReadOnlySpan<float> Logits(int anchor) => _logits.Slice(anchor * classCount, classCount);
    }
}
