using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Paa.Imaging.Jpeg;

/// <summary>The inverse cosine transform of 8x8 coefficients, equal to libjpeg's accurate one in whole numbers.</summary>
/// <remarks>
/// Loeffler, Ligtenberg and Moschytz, ICASSP 1989, with 13-bit constants, as in libjpeg's <c>jidctint.c</c>: columns, then rows,
/// each a vector of eight. Methods of vectors are optimised at their first call: the first images of a program count, too.
/// </remarks>
static class InverseDct
{
    const int ConstantBits = 13, FirstPassBits = 2;

    /// <summary>Computes a block from its average alone.</summary>
    public static void WriteFlat(int average, Span<byte> target, int stride)
    {
        var value = (byte)Math.Clamp((average * (1 << FirstPassBits) + 16 >> 5) + 128, 0, 255);
        for (var y = 0; y < 8; y++) target.Slice(y * stride, 8).Fill(value);
    }

    /// <summary>Computes a block.</summary>
    /// <param name="block">64 coefficients times their factors.</param>
    /// <param name="target">From the block's first pixel on.</param>
    /// <param name="stride">Bytes from a row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(ReadOnlySpan<int> block, Span<byte> target, int stride)
    {
        ref var source = ref MemoryMarshal.GetReference(block);
        var (r0, r1) = (Vector256.LoadUnsafe(ref source), Vector256.LoadUnsafe(ref source, 8));
        var (r2, r3) = (Vector256.LoadUnsafe(ref source, 16), Vector256.LoadUnsafe(ref source, 24));
        var (r4, r5) = (Vector256.LoadUnsafe(ref source, 32), Vector256.LoadUnsafe(ref source, 40));
        var (r6, r7) = (Vector256.LoadUnsafe(ref source, 48), Vector256.LoadUnsafe(ref source, 56));
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstantBits - FirstPassBits, 0);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstantBits + FirstPassBits + 3, 128);

        // A vector now holds a column. Two lanes of bytes, four columns by four rows each, are turned at a time.
        var turnLane = Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        var turn = Vector256.Create(turnLane, turnLane);
        var left = Avx2.PackUnsignedSaturate(Avx2.PackSignedSaturate(r0, r1), Avx2.PackSignedSaturate(r2, r3));
        var right = Avx2.PackUnsignedSaturate(Avx2.PackSignedSaturate(r4, r5), Avx2.PackSignedSaturate(r6, r7));
        var (leftRows, rightRows) = (Avx2.Shuffle(left, turn).AsInt32(), Avx2.Shuffle(right, turn).AsInt32());
        var upper = Avx2.UnpackLow(leftRows, rightRows).AsInt64();                    // rows 0, 1, 4, 5
        var lower = Avx2.UnpackHigh(leftRows, rightRows).AsInt64();                   // rows 2, 3, 6, 7
        Store(target, 0, upper[0]);
        Store(target, stride, upper[1]);
        Store(target, 2 * stride, lower[0]);
        Store(target, 3 * stride, lower[1]);
        Store(target, 4 * stride, upper[2]);
        Store(target, 5 * stride, upper[3]);
        Store(target, 6 * stride, lower[2]);
        Store(target, 7 * stride, lower[3]);
    }

    static void Store(Span<byte> target, int at, long row) => MemoryMarshal.Write(target[at..], row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pass(ref Vector256<int> r0, ref Vector256<int> r1, ref Vector256<int> r2, ref Vector256<int> r3,
        ref Vector256<int> r4, ref Vector256<int> r5, ref Vector256<int> r6, ref Vector256<int> r7, int shift, int centre)
    {
        var z = (r2 + r6) * 4433;                           // 0.541196100
        var even2 = z - r6 * 15137;                         // 1.847759065
        var even3 = z + r2 * 6270;                          // 0.765366865
        var rounding = Vector256.Create((1 << shift - 1) + (centre << shift));
        var even0 = ((r0 + r4) << ConstantBits) + rounding;
        var even1 = ((r0 - r4) << ConstantBits) + rounding;
        var (a, d) = (even0 + even3, even0 - even3);
        var (b, c) = (even1 + even2, even1 - even2);

        var (z1, z2, z3, z4) = ((r7 + r1) * 7373, (r5 + r3) * 20995, r7 + r3, r5 + r1);   // 0.899976223, 2.562915447
        var z5 = (z3 + z4) * 9633;                          // 1.175875602
        z3 = z5 - z3 * 16069;                               // 1.961570560
        z4 = z5 - z4 * 3196;                                // 0.390180644
        var odd0 = r7 * 2446 - z1 + z3;                     // 0.298631336
        var odd1 = r5 * 16819 - z2 + z4;                    // 2.053119869
        var odd2 = r3 * 25172 - z2 + z3;                    // 3.072711026
        var odd3 = r1 * 12299 - z1 + z4;                    // 1.501321110
        (r0, r7) = ((a + odd3) >> shift, (a - odd3) >> shift);
        (r1, r6) = ((b + odd2) >> shift, (b - odd2) >> shift);
        (r2, r5) = ((c + odd1) >> shift, (c - odd1) >> shift);
        (r3, r4) = ((d + odd0) >> shift, (d - odd0) >> shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Transpose(ref Vector256<int> r0, ref Vector256<int> r1, ref Vector256<int> r2, ref Vector256<int> r3,
        ref Vector256<int> r4, ref Vector256<int> r5, ref Vector256<int> r6, ref Vector256<int> r7)
    {
        var (a0, a1) = (Avx2.UnpackLow(r0, r1).AsInt64(), Avx2.UnpackHigh(r0, r1).AsInt64());
        var (a2, a3) = (Avx2.UnpackLow(r2, r3).AsInt64(), Avx2.UnpackHigh(r2, r3).AsInt64());
        var (a4, a5) = (Avx2.UnpackLow(r4, r5).AsInt64(), Avx2.UnpackHigh(r4, r5).AsInt64());
        var (a6, a7) = (Avx2.UnpackLow(r6, r7).AsInt64(), Avx2.UnpackHigh(r6, r7).AsInt64());
        var (b0, b1) = (Avx2.UnpackLow(a0, a2), Avx2.UnpackHigh(a0, a2));
        var (b2, b3) = (Avx2.UnpackLow(a1, a3), Avx2.UnpackHigh(a1, a3));
        var (b4, b5) = (Avx2.UnpackLow(a4, a6), Avx2.UnpackHigh(a4, a6));
        var (b6, b7) = (Avx2.UnpackLow(a5, a7), Avx2.UnpackHigh(a5, a7));
        const byte Low = 0x20, High = 0x31;
        (r0, r4) = (Avx2.Permute2x128(b0, b4, Low).AsInt32(), Avx2.Permute2x128(b0, b4, High).AsInt32());
        (r1, r5) = (Avx2.Permute2x128(b1, b5, Low).AsInt32(), Avx2.Permute2x128(b1, b5, High).AsInt32());
        (r2, r6) = (Avx2.Permute2x128(b2, b6, Low).AsInt32(), Avx2.Permute2x128(b2, b6, High).AsInt32());
        (r3, r7) = (Avx2.Permute2x128(b3, b7, Low).AsInt32(), Avx2.Permute2x128(b3, b7, High).AsInt32());
    }
}
