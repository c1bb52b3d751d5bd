using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Paa.Boxes;
using Paa.Numerics;
using Paa.Options;

namespace Paa.Assignment;

/// <summary>The loss of each candidate for its object: focal loss over all classes plus weighted GIoU loss.</summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, section 3.1: the loss measures how well an anchor predicts an object. It steers the assignment only,
/// so no gradient is needed. Sixteen classes or sixteen boxes are computed at a time. Candidates are independent, so the result
/// does not depend on the number of threads.
/// </remarks>
/// <param name="head">Number of classes and weights of the losses.</param>
public sealed class CandidateLoss(HeadOptions head)
{
    const int Lanes = VectorMath.Lanes;
    const int Chunk = 16 * Lanes;                       // candidates per unit of work of a thread

    readonly int _classCount = head.ClassCount;
    readonly int _paddedCount = (head.ClassCount + Lanes - 1) / Lanes * Lanes;
    readonly FocalTerms _focal = new((float)head.ClassificationLoss.Gamma);
    readonly float _alpha = (float)head.ClassificationLoss.Alpha;
    readonly float _classWeight = (float)head.ClassificationLoss.Weight, _boxWeight = (float)head.BoxLoss.Weight;

    /// <summary>Computes the losses of one image's candidates.</summary>
    /// <param name="classLogits">[A, K], one row per anchor of the grid.</param>
    /// <param name="boxDeltas">[A, 4], in the encoding of <see cref="BoxCoder"/>.</param>
    /// <param name="grid">The A anchors.</param>
    /// <param name="candidates">First-stage candidates of the image.</param>
    /// <param name="targets">The objects of the image.</param>
    /// <param name="threads">Threads that share the work.</param>
    /// <returns>One loss per candidate; NaN where a logit is NaN.</returns>
    /// <exception cref="ArgumentException">The outputs do not have the size of the grid.</exception>
    public unsafe float[] Compute(ReadOnlySpan<float> classLogits, ReadOnlySpan<float> boxDeltas, AnchorGrid grid,
        Candidates candidates, Targets targets, int threads = 1)
    {
        if (classLogits.Length != grid.Count * _classCount || boxDeltas.Length != grid.Count * 4)
            throw new ArgumentException($"CandidateLoss: {grid.Count} rows of {_classCount} and 4 outputs expected, "
                + $"got {classLogits.Length} and {boxDeltas.Length} numbers.");
        var losses = new float[candidates.Anchors.Length];
        fixed (float* logits = classLogits, deltas = boxDeltas)         // spans cannot cross threads, pinned addresses can
        {
            var (logitRows, deltaRows) = ((nint)logits, (nint)deltas);
            Parallel.For(0, (losses.Length + Chunk - 1) / Chunk, new() { MaxDegreeOfParallelism = threads }, chunk =>
            {
                var outputs = new Rows(
                    new((void*)logitRows, grid.Count * _classCount), new((void*)deltaRows, grid.Count), _classCount);
                Span<float> row = _paddedCount <= 2048 ? stackalloc float[_paddedCount] : new float[_paddedCount];
                row.Fill(float.NegativeInfinity);
                for (var i = chunk * Chunk; i < Math.Min(losses.Length, (chunk + 1) * Chunk); i += Lanes)
                {
                    var block = losses.AsSpan(i, Math.Min(Lanes, losses.Length - i));
                    ComputeBlock(outputs, grid, candidates, targets, i, row, block);
                }
            });
        }
        return losses;
    }

    /// <summary>Computes the losses of up to sixteen candidates.</summary>
    /// <param name="outputs">Outputs of the network for the image.</param>
    /// <param name="grid">The anchors.</param>
    /// <param name="candidates">Candidates of the image.</param>
    /// <param name="targets">Objects of the image.</param>
    /// <param name="start">Index of the first candidate.</param>
    /// <param name="row">Scratch space for the logits of one anchor, padded with negative infinity.</param>
    /// <param name="losses">Receives the losses.</param>
    void ComputeBlock(
        Rows outputs, AnchorGrid grid, Candidates candidates, in Targets targets, int start, Span<float> row, Span<float> losses)
    {
        Span<float> own = stackalloc float[Lanes], others = stackalloc float[Lanes];
        Span<BoxDeltas> deltas = stackalloc BoxDeltas[Lanes];
        Span<Box> anchors = stackalloc Box[Lanes], boxes = stackalloc Box[Lanes];
        for (var i = 0; i < losses.Length; i++)
        {
            var (anchor, box) = (candidates.Anchors[start + i], candidates.Boxes[start + i]);
            var label = targets.Labels[box];
            outputs.ClassLogits(anchor).CopyTo(row);
            (own[i], row[label]) = (row[label], float.NegativeInfinity);
            others[i] = _focal.Sum(row);
            (anchors[i], deltas[i], boxes[i]) = (grid.Boxes[anchor], outputs.Deltas[anchor], targets.Boxes[box]);
        }
        var focal = Vector512.Create<float>(others) * (1 - _alpha) + _focal.Of(-Vector512.Create<float>(own)) * _alpha;
        var giou = BoxOverlap.Giou(BoxCoder.Decode(BoxVectors.Load(anchors), deltas), BoxVectors.Load(boxes));
        (focal * _classWeight + (Vector512<float>.One - giou) * _boxWeight).CopyTo(own);
        own[..losses.Length].CopyTo(losses);
    }

    /// <summary>The network's outputs for one image, one row per anchor.</summary>
    readonly ref struct Rows(ReadOnlySpan<float> logits, ReadOnlySpan<BoxDeltas> deltas, int classCount)
    {
        readonly ReadOnlySpan<float> _logits = logits;

        public readonly ReadOnlySpan<BoxDeltas> Deltas = deltas;

        public ReadOnlySpan<float> ClassLogits(int anchor) => _logits.Slice(anchor * classCount, classCount);
    }
}

/// <summary>The term of the focal loss without its weight: p^gamma * -log(1 - p) with p = sigmoid(x).</summary>
/// <remarks>
/// Lin et al., ICCV 2017, equation 4, for a class that the anchor does not have; for the class that it has, negate x. Accurate to
/// 1e-6 of the result, without overflow on either side; NaN stays NaN.
/// </remarks>
readonly struct FocalTerms(float gamma)
{
    /// <summary>Up to this logit a short series is accurate. Heads, fresh or trained, put nearly all classes below it.</summary>
    const float Quiet = -4;

    /// <summary>Below this logit a term is less than 1e-31, so its exact value does not matter.</summary>
    const float Silent = -24;

    readonly float _gamma = gamma;

    /// <summary>Computes sixteen terms.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x) =>
        _gamma == 2 && Vector512.LessThanOrEqualAll(x, Vector512.Create(Quiet)) ? OfQuiet(x) : OfAny(x);

    /// <summary>The sum of the terms of a row of logits.</summary>
    /// <param name="logits">A whole number of vectors; negative infinity adds nothing.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]                          // the loop needs the registers for itself
    public float Sum(ReadOnlySpan<float> logits)
    {
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < logits.Length; i += VectorMath.Lanes) sum += Of(Vector512.Create(logits[i..]));
        return Vector512.Sum(sum);
    }

    /// <summary>The terms for gamma = 2 and small p, without division and logarithm.</summary>
    /// <remarks>
    /// With s = e^x, p = s / (1 + s) and -log(1 - p) = log(1 + s). The series of (1 + s)^-2 and log(1 + s) / s multiplied:
    /// p^2 log(1 + s) = s^3 (c0 - c1 s + c2 s^2 - ...), ck = (k + 2) (1 + 1/2 + ... + 1/(k + 1)) - (k + 1). Here s is at most
    /// 0.0184, so the terms after c4 add less than 3e-8 of the result.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> OfQuiet(Vector512<float> x)
    {
        var s = VectorMath.Exp(Vector512.MaxNative(x, Vector512.Create(Silent)));
        var series = VectorMath.Next(VectorMath.Next(Vector512.Create(87f / 10), s, -77f / 12), s, 13f / 3);
        return s * s * s * VectorMath.Next(VectorMath.Next(series, s, -5f / 2), s, 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    Vector512<float> OfAny(Vector512<float> x)
    {
        var one = Vector512<float>.One;
        var small = VectorMath.ExpOfNegative(-Vector512.Abs(x));
        var score = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), one, small) / (one + small);
        var entropy = Vector512.Max(x, Vector512<float>.Zero) + VectorMath.LogOfOnePlus(small);
        return Power(score) * entropy;
    }

    Vector512<float> Power(Vector512<float> score) =>
        _gamma == 2 ? score * score : _gamma == 0 ? Vector512<float>.One : Vector512.Exp(_gamma * Vector512.Log(score));
}
