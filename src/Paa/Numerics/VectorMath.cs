using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Paa.Numerics;

/// <summary>
/// Exponential and logarithm of sixteen numbers, in single precision throughout; the library's versions compute in double
/// precision.
/// </summary>
static class VectorMath
{
    /// <summary>Numbers per vector.</summary>
    public const int Lanes = 16;

    /// <summary>The limit of <see cref="Exp"/>: e^87 and e^-87 are normal numbers.</summary>
    public const float MaxExponent = 87;

    /// <summary>e^x for |x| up to <see cref="MaxExponent"/>, accurate to 2e-7 of the result.</summary>
    /// <remarks>
    /// x = k ln 2 + r with |r| at most ln 2 / 2; Taylor's polynomial gives e^r, and k is added to the exponent.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        const float upper = 0.693359375f, lower = -2.12194440e-4f;      // ln 2 as a sum: k times the first is exact
        var k = Vector512.Round(x * (1 / MathF.Log(2)));
        var r = Vector512.FusedMultiplyAdd(k, Vector512.Create(-upper), x);
        r = Vector512.FusedMultiplyAdd(k, Vector512.Create(-lower), r);
        var power = Next(Next(Next(Vector512.Create(1f / 720), r, 1f / 120), r, 1f / 24), r, 1f / 6);
        power = Next(Next(Next(power, r, 1f / 2), r, 1), r, 1);
        var exponent = Vector512.ConvertToInt32Native(k) + Vector512.Create(127);
        return power * Vector512.AsSingle(Vector512.ShiftLeft(exponent, 23));
    }

    /// <summary>e^x for x at most 0, accurate to 2e-7 of the result; 0 below -<see cref="MaxExponent"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ExpOfNegative(Vector512<float> x)
    {
        var least = Vector512.Create(-MaxExponent);
        var power = Exp(Vector512.Max(x, least));
        return Vector512.ConditionalSelect(Vector512.LessThan(x, least), Vector512<float>.Zero, power);
    }

    /// <summary>ln(1 + x) for x from 0 to 1, accurate to 2e-7 of the result.</summary>
    /// <remarks>ln(1 + x) = 2 artanh(z) with z = x / (2 + x), at most 1/3: 2 (z + z^3 / 3 + z^5 / 5 + ...).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LogOfOnePlus(Vector512<float> x)
    {
        var z = x / (x + Vector512.Create(2f));
        var square = z * z;
        var sum = Next(Next(Next(Vector512.Create(2f / 13), square, 2f / 11), square, 2f / 9), square, 2f / 7);
        return Next(Next(Next(sum, square, 2f / 5), square, 2f / 3), square, 2) * z;
    }

    /// <summary>One step of Horner's rule.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Next(Vector512<float> sum, Vector512<float> x, float coefficient) =>
        Vector512.FusedMultiplyAdd(sum, x, Vector512.Create(coefficient));
}

/// <summary>The sigmoid over vectors and spans, in single precision.</summary>
static class Logistic
{
    /// <summary>1 / (1 + exp(-x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Sigmoid(Vector<float> x) => Vector<float>.One / (Vector<float>.One + Vector.Exp(-x));

    /// <summary>Applies the sigmoid to a span whose length is a multiple of the vector length.</summary>
    public static void SigmoidInPlace(Span<float> values)
    {
        for (var i = 0; i < values.Length; i += Vector<float>.Count)
            Sigmoid(Vector.Create<float>(values[i..])).CopyTo(values[i..]);
    }

    /// <summary>A count rounded up to whole vectors.</summary>
    public static int PaddedLength(int count) => (count + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
}
