using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Paa.Boxes;
using Paa.Models;
using Paa.Torch;

namespace Paa.Losses;

/// <summary><see cref="CandidateLosses"/> on the CPU: whole vectors of classes at a time, without a tensor for each step.</summary>
/// <remarks>Candidates are independent, so the result does not depend on the number of threads.</remarks>
sealed class HostCandidateLosses(PaaHeadOptions head)
{
    const int Chunk = 256;                              // candidates that a thread takes at a time
    const int Lanes = 16;

    readonly int _classCount = head.NumClasses;
    readonly int _paddedCount = (head.NumClasses + Lanes - 1) / Lanes * Lanes;
    readonly float _alpha = (float)head.LossCls.Alpha, _gamma = (float)head.LossCls.Gamma;
    readonly float _classWeight = (float)head.LossCls.LossWeight, _boxWeight = (float)head.LossBbox.LossWeight;

    /// <summary>Whether outputs lie in host memory, row by row, in single precision.</summary>
    public static bool CanRead(FlatOutputs flat) => CanRead(flat.ClassLogits) && CanRead(flat.BoxDeltas);

    /// <summary>Losses of candidates.</summary>
    /// <param name="flat">Head outputs that <see cref="CanRead(FlatOutputs)"/> accepts. Borrowed.</param>
    /// <param name="candidates">Of the whole batch.</param>
    /// <returns>One a candidate.</returns>
    public float[] Compute(FlatOutputs flat, AnchorRows candidates)
    {
        var losses = new float[candidates.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = TorchRuntime.ThreadCount };
        Parallel.For(0, (losses.Length + Chunk - 1) / Chunk, options, chunk =>
        {
            var logits = flat.ClassLogits.AsSpan<float>();
            var deltas = flat.BoxDeltas.AsSpan<float>();
            Span<float> row = _paddedCount <= 2048 ? stackalloc float[_paddedCount] : new float[_paddedCount];
            row.Fill(float.NegativeInfinity);
            for (var i = chunk * Chunk; i < Math.Min(losses.Length, (chunk + 1) * Chunk); i++)
            {
                var (index, label) = (candidates.Row(i), candidates.Label(i));
                logits.Slice(index * _classCount, _classCount).CopyTo(row);
                var box = BoxCoder.Decode(candidates.Anchor(i), new BoxDeltas(
                    deltas[4 * index], deltas[4 * index + 1], deltas[4 * index + 2], deltas[4 * index + 3]));
                losses[i] = FocalLoss(row, label) * _classWeight + (1 - BoxOverlap.Giou(box, candidates.TrueBox(i))) * _boxWeight;
            }
        });
        return losses;
    }

    static bool CanRead(Tensor tensor) => tensor.Device.IsCpu && tensor.Type == ScalarType.Float32 && tensor.IsContiguous;

    /// <summary>Sum over classes of -alpha_t (1 - p_t)^gamma log p_t.</summary>
    /// <param name="logits">Of one anchor, padded with negative infinity, of which nothing comes; its own class is overwritten by it.</param>
    /// <param name="label">The own class.</param>
    float FocalLoss(Span<float> logits, int label)
    {
        var own = (double)logits[label];
        logits[label] = float.NegativeInfinity;
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < logits.Length; i += Lanes) sum += BackgroundTerms(Vector512.Create<float>(logits.Slice(i, Lanes)));
        var small = Math.Exp(-Math.Abs(own));
        var wrong = (own > 0 ? small : 1) / (1 + small);                // 1 - p
        var entropy = Math.Max(-own, 0) + Math.Log(1 + small);          // -log p
        return Vector512.Sum(sum) * (1 - _alpha) + (float)(_alpha * Math.Pow(wrong, _gamma) * entropy);
    }

    /// <summary>p^gamma * -log(1 - p) for p = sigmoid(x), without overflow on either side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector512<float> BackgroundTerms(Vector512<float> x)
    {
        var small = ExpOfNegative(-Vector512.Abs(x));
        var one = Vector512<float>.One;
        var score = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), one, small) / (one + small);
        var entropy = Vector512.Max(x, Vector512<float>.Zero) + LogOfOnePlus(small);
        return Power(score) * entropy;
    }

    /// <summary>e^x for x at most 0, to 2e-7 of the result; 0 below -87. The library's goes through double precision.</summary>
    /// <remarks>x = k ln 2 + r with |r| at most ln 2 / 2; Taylor's polynomial for e^r, k goes into the exponent.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ExpOfNegative(Vector512<float> x)
    {
        const float least = -87;                                        // e^-87 is the last with a whole mantissa
        const float upper = 0.693359375f, lower = -2.12194440e-4f;      // ln 2 as a sum: k times the first is exact
        var bounded = Vector512.Max(x, Vector512.Create(least));
        var k = Vector512.Round(bounded * (1 / MathF.Log(2)));
        var r = bounded - k * upper - k * lower;
        var power = Next(Next(Next(Vector512.Create(1f / 720), r, 1f / 120), r, 1f / 24), r, 1f / 6);
        power = Next(Next(Next(power, r, 1f / 2), r, 1), r, 1);
        var scale = Vector512.AsSingle(Vector512.ShiftLeft(Vector512.ConvertToInt32(k) + Vector512.Create(127), 23));
        return Vector512.ConditionalSelect(
            Vector512.LessThan(x, Vector512.Create(least)), Vector512<float>.Zero, power * scale);
    }

    /// <summary>ln(1 + x) for x of 0 to 1, to 2e-7 of the result.</summary>
    /// <remarks>ln(1 + x) = 2 artanh(z) with z = x / (2 + x), at most 1/3: 2 (z + z^3 / 3 + z^5 / 5 + ...).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> LogOfOnePlus(Vector512<float> x)
    {
        var z = x / (x + Vector512.Create(2f));
        var square = z * z;
        var sum = Next(Next(Next(Vector512.Create(2f / 13), square, 2f / 11), square, 2f / 9), square, 2f / 7);
        return Next(Next(Next(sum, square, 2f / 5), square, 2f / 3), square, 2) * z;
    }

    /// <summary>One step of Horner's rule.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Next(Vector512<float> sum, Vector512<float> x, float coefficient) =>
        Vector512.FusedMultiplyAdd(sum, x, Vector512.Create(coefficient));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector512<float> Power(Vector512<float> score) =>
        _gamma == 2 ? score * score : _gamma == 0 ? Vector512<float>.One : Vector512.Exp(_gamma * Vector512.Log(score));
}
