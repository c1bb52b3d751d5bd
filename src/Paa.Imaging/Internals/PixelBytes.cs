using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Paa.Imaging.Internals;

/// <summary>Pixels of four bytes to pixels of three and back.</summary>
static class PixelBytes
{
    /// <summary>Drops the fourth byte of every pixel.</summary>
    /// <param name="four">4 bytes a pixel.</param>
    /// <param name="three">3 bytes a pixel, as many pixels.</param>
    public static void DropFourth(ReadOnlySpan<byte> four, Span<byte> three)
    {
        var pixels = three.Length / 3;
        ref var source = ref MemoryMarshal.GetReference(four);
        ref var target = ref MemoryMarshal.GetReference(three);
        var shuffle = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
        var done = 0;
        for (; done <= pixels - 6; done += 4)       // each store writes 16 bytes, of which the last four are written again
            Vector128.Shuffle(Vector128.LoadUnsafe(ref source, (nuint)done * 4), shuffle)
                .StoreUnsafe(ref target, (nuint)done * 3);
        for (; done < pixels; done++) four.Slice(done * 4, 3).CopyTo(three[(done * 3)..]);
    }

    /// <summary>Adds an opaque alpha to every pixel.</summary>
    /// <param name="three">3 bytes a pixel.</param>
    /// <param name="four">4 bytes a pixel, as many pixels.</param>
    public static void AddOpaque(ReadOnlySpan<byte> three, Span<byte> four)
    {
        var pixels = three.Length / 3;
        ref var source = ref MemoryMarshal.GetReference(three);
        ref var target = ref MemoryMarshal.GetReference(four);
        var shuffle = Vector128.Create((byte)0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255);
        var opaque = Vector128.Create(0xFF000000u).AsByte();
        var done = 0;
        for (; done <= pixels - 6; done += 4)       // each load reads 16 bytes and uses 12
            (Vector128.Shuffle(Vector128.LoadUnsafe(ref source, (nuint)done * 3), shuffle) | opaque)
                .StoreUnsafe(ref target, (nuint)done * 4);
        for (; done < pixels; done++)
        {
            three.Slice(done * 3, 3).CopyTo(four[(done * 4)..]);
            four[done * 4 + 3] = byte.MaxValue;
        }
    }
}
