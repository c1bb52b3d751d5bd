using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Paa.Imaging.Resizing;

/// <summary>Shrinking of 8-bit images by the mean over the covered area, equal bit for bit to <c>cv2.resize</c>.</summary>
/// <remarks>
/// OpenCV's arithmetic (<c>modules/imgproc/src/resize.cpp</c>): sums of whole numbers where both factors are whole, single
/// precision in the order of the source's rows and columns otherwise.
/// </remarks>
static class AreaResize
{
    const int Channels = Image.Channels;

    /// <summary>Whether each new pixel covers two by two old ones.</summary>
    public static bool IsHalf(Image source, Image target) =>
        source.Height == 2 * target.Height && source.Width == 2 * target.Width;

    /// <summary>Shrinks an image.</summary>
    /// <param name="source">Borrowed.</param>
    /// <param name="target">In no direction larger; gets the pixels.</param>
    public static void Write(Image source, Image target)
    {
        if (IsHalf(source, target)) WriteHalf(source, target);
        else if (HasWholeFactors(source, target, out var rows, out var columns)) WriteWhole(source, target, rows, columns);
        else WriteParts(source, target);
    }

    static bool HasWholeFactors(Image source, Image target, out int rows, out int columns)
    {
        (rows, columns) = (source.Height / target.Height, source.Width / target.Width);
        return rows * target.Height == source.Height && columns * target.Width == source.Width;
    }

    /// <summary>Means of two by two pixels, a half rounded up; two new pixels at a time.</summary>
    static void WriteHalf(Image source, Image target)
    {
        var even = Vector128.Create((byte)0, 255, 1, 255, 2, 255, 6, 255, 7, 255, 8, 255, 255, 255, 255, 255);
        var odd = Vector128.Create((byte)3, 255, 4, 255, 5, 255, 9, 255, 10, 255, 11, 255, 255, 255, 255, 255);
        for (var y = 0; y < target.Height; y++)
        {
            var row = target.Row(y);
            var above = source.Rows(2 * y, 2);
            var below = source.Width * Channels;
            ref var pixels = ref MemoryMarshal.GetReference(above);
            ref var output = ref MemoryMarshal.GetReference(row);
            var x = 0;
            for (; x <= target.Width - 6; x += 2)                           // 16 bytes are read and 8 written
            {
                var at = (nuint)(2 * x * Channels);
                var upper = Vector128.LoadUnsafe(ref pixels, at);
                var lower = Vector128.LoadUnsafe(ref pixels, at + (nuint)below);
                var sum = Vector128.Shuffle(upper, even).AsUInt16() + Vector128.Shuffle(upper, odd).AsUInt16()
                    + Vector128.Shuffle(lower, even).AsUInt16() + Vector128.Shuffle(lower, odd).AsUInt16();
                var mean = (sum + Vector128.Create((ushort)2)) >> 2;
                Vector128.Narrow(mean, mean).GetLower().StoreUnsafe(ref output, (nuint)(x * Channels));
            }
            for (var i = x * Channels; i < row.Length; i++)
            {
                var at = i / Channels * 2 * Channels + i % Channels;
                row[i] = (byte)(above[at] + above[at + Channels] + above[below + at] + above[below + at + Channels] + 2 >> 2);
            }
        }
    }

    static void WriteWhole(Image source, Image target, int rows, int columns)
    {
        var sums = new int[source.Width * Channels];
        var factor = 1f / (rows * columns);
        for (var y = 0; y < target.Height; y++)
        {
            sums.AsSpan().Clear();
            for (var row = 0; row < rows; row++) Add(source.Row(y * rows + row), sums);
            var output = target.Row(y);
            for (int x = 0, at = 0; x < output.Length; x += Channels, at += columns * Channels)
            {
                var (blue, green, red) = (0, 0, 0);
                for (var i = at; i < at + columns * Channels; i += Channels)
                    (blue, green, red) = (blue + sums[i], green + sums[i + 1], red + sums[i + 2]);
                output[x] = (byte)MathF.Round(blue * factor);
                output[x + 1] = (byte)MathF.Round(green * factor);
                output[x + 2] = (byte)MathF.Round(red * factor);
            }
        }
    }

    static void Add(ReadOnlySpan<byte> row, Span<int> sums)
    {
        var i = 0;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[i..]), out var low, out var high);
            Vector.Widen(low, out var first, out var second);
            Vector.Widen(high, out var third, out var fourth);
            var to = MemoryMarshal.Cast<int, Vector<uint>>(sums.Slice(i, Vector<byte>.Count));
            (to[0], to[1], to[2], to[3]) = (to[0] + first, to[1] + second, to[2] + third, to[3] + fourth);
        }
        for (; i < row.Length; i++) sums[i] += row[i];
    }

    static void WriteParts(Image source, Image target)
    {
        var columns = Parts(source.Width, target.Width);
        var row = new float[target.Width * Channels];
        var sums = new float[row.Length];
        var current = 0;
        foreach (var part in Parts(source.Height, target.Height))
        {
            Shrink(source.Row(part.Source), columns, row);
            if (part.Target != current)
            {
                Round(sums, target.Row(current));
                sums.AsSpan().Clear();
                current = part.Target;
            }
            AddScaled(row, part.Weight, sums);
        }
        Round(sums, target.Row(current));
    }

    static void Shrink(ReadOnlySpan<byte> row, Part[] columns, Span<float> shrunk)
    {
        ref var source = ref MemoryMarshal.GetReference(row);
        ref var target = ref MemoryMarshal.GetReference(shrunk);
        var (sum, current, last) = (Vector128<float>.Zero, 0, row.Length / Channels - 1);
        foreach (var (to, from, weight) in columns)
        {
            if (to != current)
            {
                sum.StoreUnsafe(ref target, (nuint)(current * Channels));          // its fourth number is written again
                (sum, current) = (Vector128<float>.Zero, to);
            }
            var pixel = from < last
                ? Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref source, from * Channels))
                : (uint)(row[^3] | row[^2] << 8 | row[^1] << 16);
            var colors = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(pixel).AsByte()));
            sum += Vector128.ConvertToSingle(colors.AsInt32()) * weight;
        }
        for (var c = 0; c < Channels; c++) shrunk[current * Channels + c] = sum[c];
    }

    static void AddScaled(ReadOnlySpan<float> row, float weight, Span<float> sums)
    {
        var i = 0;
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sums[i..]) + new Vector<float>(row[i..]) * weight).CopyTo(sums[i..]);
        for (; i < row.Length; i++) sums[i] += row[i] * weight;
    }

    static void Round(ReadOnlySpan<float> sums, Span<byte> row)
    {
        for (var i = 0; i < row.Length; i++) row[i] = (byte)Math.Clamp(MathF.Round(sums[i]), 0, 255);
    }

    /// <summary>Which source pixels a new pixel covers, in order; a part below a thousandth is left out.</summary>
    static Part[] Parts(int source, int target)
    {
        const double Least = 1e-3;
        var parts = new List<Part>();
        var scale = 1 / ((double)target / source);
        for (var i = 0; i < target; i++)
        {
            var (start, end) = (i * scale, i * scale + scale);
            var width = Math.Min(scale, source - start);
            var last = Math.Min((int)Math.Floor(end), source - 1);
            var first = Math.Min((int)Math.Ceiling(start), last);
            if (first - start > Least) parts.Add(new Part(i, first - 1, (float)((first - start) / width)));
            for (var at = first; at < last; at++) parts.Add(new Part(i, at, (float)(1 / width)));
            if (end - last > Least) parts.Add(new Part(i, last, (float)(Math.Min(Math.Min(end - last, 1), width) / width)));
        }
        return [.. parts];
    }

    /// <summary>A source pixel, or row, and its share of a new one.</summary>
    readonly record struct Part(int Target, int Source, float Weight);
}
