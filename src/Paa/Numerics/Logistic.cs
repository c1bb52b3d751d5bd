using System.Numerics;
using System.Runtime.CompilerServices;

namespace Paa.Numerics;

/// <summary>The sigmoid over vectors and spans, in single precision.</summary>
static class Logistic
{
    /// <summary>1 / (1 + exp(-x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Sigmoid(Vector<float> x) => Vector<float>.One / (Vector<float>.One + Vector.Exp(-x));

    /// <summary>Applies the sigmoid to a span whose length is a multiple of the vector's.</summary>
    public static void SigmoidInPlace(Span<float> values)
    {
        for (var i = 0; i < values.Length; i += Vector<float>.Count) Sigmoid(Vector.Create<float>(values[i..])).CopyTo(values[i..]);
    }

    /// <summary>A count rounded up to whole vectors.</summary>
    public static int PaddedLength(int count) => (count + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
}
