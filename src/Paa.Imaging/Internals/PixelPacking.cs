using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Paa.Imaging.Internals;

/// <summary>Between pixels of three bytes, as <see cref="Image"/> holds them, and of four, as Skia draws on.</summary>
static class PixelPacking
{
    /// <summary>Four pixels a step: 12 bytes of a block of 16.</summary>
    static readonly Vector128<byte> Spread = Vector128.Create((byte)0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255);
    static readonly Vector128<byte> Pack = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
    static readonly Vector128<byte> Opaque = Vector128.Create(0xFF000000u).AsByte();

    /// <summary>Adds a fourth byte, 255, to each pixel.</summary>
    /// <param name="bgr">Three bytes a pixel.</param>
    /// <param name="bgra">As many pixels of four bytes.</param>
    public static void BgrToBgra(ReadOnlySpan<byte> bgr, Span<byte> bgra)
    {
        Check(bgr.Length, bgra.Length);
        ref var source = ref MemoryMarshal.GetReference(bgr);
        ref var target = ref MemoryMarshal.GetReference(bgra);
        int from = 0, to = 0;
        for (; from + 16 <= bgr.Length; from += 12, to += 16)
        {
            var pixels = Vector128.ShuffleNative(Vector128.LoadUnsafe(ref source, (nuint)from), Spread);
            (pixels | Opaque).StoreUnsafe(ref target, (nuint)to);
        }
        for (; from < bgr.Length; from += 3, to += 4)
        {
            bgr.Slice(from, 3).CopyTo(bgra[to..]);
            bgra[to + 3] = 255;
        }
    }

    /// <summary>Leaves the fourth byte of each pixel out.</summary>
    /// <param name="bgra">Four bytes a pixel.</param>
    /// <param name="bgr">As many pixels of three bytes.</param>
    public static void BgraToBgr(ReadOnlySpan<byte> bgra, Span<byte> bgr)
    {
        Check(bgr.Length, bgra.Length);
        ref var source = ref MemoryMarshal.GetReference(bgra);
        ref var target = ref MemoryMarshal.GetReference(bgr);
        int from = 0, to = 0;
        for (; to + 16 <= bgr.Length; from += 16, to += 12)                // the last four bytes are written again
            Vector128.ShuffleNative(Vector128.LoadUnsafe(ref source, (nuint)from), Pack).StoreUnsafe(ref target, (nuint)to);
        for (; to < bgr.Length; from += 4, to += 3) bgra.Slice(from, 3).CopyTo(bgr[to..]);
    }

    static void Check(int bytesOfThree, int bytesOfFour)
    {
        if (bytesOfThree % 3 != 0 || bytesOfThree / 3 * 4 != bytesOfFour)
            throw new ArgumentException($"PixelPacking: {bytesOfThree} bytes of 3 a pixel, {bytesOfFour} bytes of 4 a pixel.");
    }
}
