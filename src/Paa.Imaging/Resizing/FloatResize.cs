using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Paa.Imaging.Resizing;

/// <summary>Bilinear resizing of floating-point images, equal to <c>cv2.resize</c>.</summary>
static class FloatResize
{
    const int Channels = Image.Channels;

    /// <summary>Resizes an image.</summary>
    /// <param name="source">Borrowed.</param>
    /// <param name="target">Gets the pixels.</param>
    public static void Write(FloatImage source, FloatImage target)
    {
        if (source.Height == 2 * target.Height && source.Width == 2 * target.Width) Halve(source, target);
        else Blend(source, target);
    }

    /// <summary>OpenCV takes the mean of four pixels for a bilinear half.</summary>
    static void Halve(FloatImage source, FloatImage target)
    {
        for (var y = 0; y < target.Height; y++)
        {
            var upper = source.Row(2 * y);
            var lower = source.Row(2 * y + 1);
            var row = target.Row(y);
            for (int x = 0, at = 0; x < row.Length; x += Channels, at += 2 * Channels)
                for (var c = 0; c < Channels; c++)
                    row[x + c] = (upper[at + c] + upper[at + c + Channels] + lower[at + c] + lower[at + c + Channels]) * 0.25f;
        }
    }

    static void Blend(FloatImage source, FloatImage target)
    {
        var columns = LinearAxis.Columns(source.Width, target.Width);
        var rows = LinearAxis.Rows(source.Height, target.Height);
        var length = target.Width * Channels;
        var buffer = ArrayPool<float>.Shared.Rent(2 * length);
        var (upper, lower) = (buffer.AsMemory(0, length), buffer.AsMemory(length, length));
        var (upperIs, lowerIs) = (-1, -1);                // the source rows that they hold
        for (var y = 0; y < target.Height; y++)
        {
            var first = Math.Clamp(rows.Left[y], 0, source.Height - 1);
            var second = Math.Clamp(rows.Left[y] + 1, 0, source.Height - 1);
            if (first == lowerIs) (upper, lower, upperIs, lowerIs) = (lower, upper, lowerIs, upperIs);
            if (first != upperIs) Stretch(source.Row(first), columns, upper.Span);
            upperIs = first;
            if (second != lowerIs) Stretch(source.Row(second), columns, lower.Span);
            lowerIs = second;
            Blend(upper.Span, lower.Span, rows.Weights[y], target.Row(y));
        }
        ArrayPool<float>.Shared.Return(buffer);
    }

    static void Stretch(ReadOnlySpan<float> row, LinearAxis columns, Span<float> stretched)
    {
        ref var source = ref MemoryMarshal.GetReference(row);
        ref var target = ref MemoryMarshal.GetReference(stretched);
        var x = 0;
        // Four floats are read and written for each pixel's three: the last pixels are done one by one.
        for (; x < columns.Left.Length - 1 && columns.Left[x] < row.Length / Channels - 2; x++)
        {
            var (left, right) = columns.Weights[x];
            var at = (nuint)(columns.Left[x] * Channels);
            (Vector128.LoadUnsafe(ref source, at) * left + Vector128.LoadUnsafe(ref source, at + Channels) * right)
                .StoreUnsafe(ref target, (nuint)(x * Channels));
        }
        for (; x < columns.Left.Length; x++)
        {
            var (left, right) = columns.Weights[x];
            var at = columns.Left[x] * Channels;
            var next = Math.Min(at + Channels, row.Length - Channels);   // the last column has no next one, nor a weight for it
            for (var c = 0; c < Channels; c++) stretched[x * Channels + c] = row[at + c] * left + row[next + c] * right;
        }
    }

    static void Blend(ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, (float Upper, float Lower) weights, Span<float> row)
    {
        var i = 0;
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(upper[i..]) * weights.Upper + new Vector<float>(lower[i..]) * weights.Lower).CopyTo(row[i..]);
        for (; i < row.Length; i++) row[i] = upper[i] * weights.Upper + lower[i] * weights.Lower;
    }
}
