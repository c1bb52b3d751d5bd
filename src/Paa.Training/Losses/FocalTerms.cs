using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Paa.Numerics;

namespace Paa.Training.Losses;

/// <summary>The term of the focal loss without its weight: p^gamma * -log(1 - p) with p = sigmoid(x).</summary>
/// <remarks>
/// Lin et al., ICCV 2017, equation 4, for a class that an anchor does not have; for the class that it has, x changes its sign. To
/// 1e-6 of the result, without overflow on either side; NaN stays NaN.
/// </remarks>
readonly struct FocalTerms(float gamma)
{
    /// <summary>Up to here a short series is exact. Heads, fresh or trained, say less than this of nearly all classes.</summary>
    const float Quiet = -4;

    /// <summary>Below it a term is less than 1e-31, whatever it is exactly.</summary>
    const float Silent = -24;

    readonly float _gamma = gamma;

    /// <summary>Sixteen terms.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Of(Vector512<float> x) =>
        _gamma == 2 && Vector512.LessThanOrEqualAll(x, Vector512.Create(Quiet)) ? OfQuiet(x) : OfAny(x);

    /// <summary>The sum of the terms of a row of logits.</summary>
    /// <param name="logits">Whole vectors; negative infinity gives nothing.</param>
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
    /// p^2 log(1 + s) = s^3 (c0 - c1 s + c2 s^2 - ...), ck = (k + 2) (1 + 1/2 + ... + 1/(k + 1)) - (k + 1). Here s is at most 0.0184,
    /// and what follows c4 below 3e-8 of the result.
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
