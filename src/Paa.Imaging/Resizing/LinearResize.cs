using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Paa.Imaging.Resizing;

/// <summary>Bilinear resizing of 8-bit images, equal bit for bit to <c>cv2.resize</c>.</summary>
/// <remarks>
/// Each source row that is needed is stretched once, to 16-bit numbers of 1/128, four a pixel (the fourth is 0); two such rows
/// give a row of the result. <see cref="Plain"/> is the same arithmetic without vectors, and the tests' oracle of
/// <see cref="Vectorised"/>.
/// </remarks>
static unsafe class LinearResize
{
    const int Lanes = 4;

    /// <summary>Resizes an image.</summary>
    /// <param name="source">Borrowed.</param>
    /// <param name="target">Of another size; gets the pixels.</param>
    /// <param name="byArea">Weights by covered area: <see cref="Interpolation.Area"/> of an image that grows.</param>
    public static void Write(Image source, Image target, bool byArea = false)
    {
        if (Avx2.IsSupported) Vectorised(source, target, byArea);
        else Plain(source, target, byArea);
    }

    /// <summary>Without vectors.</summary>
    public static void Plain(Image source, Image target, bool byArea = false) =>
        Write(source, target, byArea, StretchPlain, BlendPlain);

    /// <summary>With AVX2.</summary>
    public static void Vectorised(Image source, Image target, bool byArea = false) =>
        Write(source, target, byArea, Stretch, Blend);

    delegate void StretchRow(ReadOnlySpan<byte> row, Columns columns, Span<short> stretched);

    delegate void BlendRows(
        ReadOnlySpan<short> upper, ReadOnlySpan<short> lower, (short Upper, short Lower) weights, Span<byte> row);

    static void Write(Image source, Image target, bool byArea, StretchRow stretch, BlendRows blend)
    {
        var columns = new Columns(LinearAxis.Columns(source.Width, target.Width, byArea), source.Width);
        var rows = LinearAxis.Rows(source.Height, target.Height, byArea);
        var length = target.Width * Lanes;
        var buffer = ArrayPool<short>.Shared.Rent(2 * length);
        var (upper, lower) = (buffer.AsMemory(0, length), buffer.AsMemory(length, length));
        var (upperIs, lowerIs) = (-1, -1);                // the source rows that they hold
        for (var y = 0; y < target.Height; y++)
        {
            var first = Math.Clamp(rows.Left[y], 0, source.Height - 1);
            var second = Math.Clamp(rows.Left[y] + 1, 0, source.Height - 1);
            if (first == lowerIs) (upper, lower, upperIs, lowerIs) = (lower, upper, lowerIs, upperIs);
            if (first != upperIs) stretch(source.Row(first), columns, upper.Span);
            upperIs = first;
            if (second == first)
            {
                blend(upper.Span, upper.Span, rows.Fixed[y], target.Row(y));
                continue;
            }
            if (second != lowerIs) stretch(source.Row(second), columns, lower.Span);
            lowerIs = second;
            blend(upper.Span, lower.Span, rows.Fixed[y], target.Row(y));
        }
        ArrayPool<short>.Shared.Return(buffer);
    }

    static void StretchPlain(ReadOnlySpan<byte> row, Columns columns, Span<short> stretched) =>
        StretchFrom(0, row, columns, stretched);

    static void StretchFrom(int start, ReadOnlySpan<byte> row, Columns columns, Span<short> stretched)
    {
        for (var x = start; x < columns.Count; x++)
        {
            var (left, right) = columns.Axis.Fixed[x];
            var at = columns.Offsets[x];
            var next = right == 0 ? at : at + Image.Channels;            // the last column has no next one
            for (var c = 0; c < Image.Channels; c++)
                stretched[x * Lanes + c] = (short)((row[at + c] * left + row[next + c] * right) >> 4);
            stretched[x * Lanes + 3] = 0;
        }
    }

    static void BlendPlain(
        ReadOnlySpan<short> upper, ReadOnlySpan<short> lower, (short Upper, short Lower) weights, Span<byte> row) =>
        BlendFrom(0, upper, lower, weights, row);

    static void BlendFrom(
        int start, ReadOnlySpan<short> upper, ReadOnlySpan<short> lower, (short Upper, short Lower) weights, Span<byte> row)
    {
        for (int i = start * Lanes, to = start * Image.Channels; to < row.Length; i += Lanes, to += Image.Channels)
            for (var c = 0; c < Image.Channels; c++)
                row[to + c] = (byte)(((weights.Upper * upper[i + c] >> 16) + (weights.Lower * lower[i + c] >> 16) + 2) >> 2);
    }

    /// <summary>Four pixels at a time: two neighbours of each are eight bytes, of which pairs of a colour are made.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Stretch(ReadOnlySpan<byte> row, Columns columns, Span<short> stretched)
    {
        var pairs = Vector256.Create(Pairs, Pairs);
        var x = 0;
        fixed (byte* pixels = row)
        fixed (int* offsets = columns.Offsets)
        fixed (int* weights = columns.PairWeights)
        fixed (short* output = stretched)
        {
            for (; x < columns.VectorCount; x += 4)
            {
                var bytes = Avx2.GatherVector256((long*)pixels, Vector128.Load(offsets + x), 1).AsByte();
                bytes = Avx2.Shuffle(bytes, pairs);
                var even = Avx2.UnpackLow(bytes, Vector256<byte>.Zero).AsInt16();           // pixels 0 and 2
                var odd = Avx2.UnpackHigh(bytes, Vector256<byte>.Zero).AsInt16();           // pixels 1 and 3
                var weight = Vector256.Load(weights + x * 4).AsInt16();
                var weightOdd = Vector256.Load(weights + x * 4 + 8).AsInt16();
                var low = Avx2.MultiplyAddAdjacent(even, weight) >> 4;
                var high = Avx2.MultiplyAddAdjacent(odd, weightOdd) >> 4;
                Avx2.PackSignedSaturate(low, high).Store(output + x * Lanes);
            }
        }
        StretchFrom(x, row, columns, stretched);
    }

    /// <summary>Blue, blue, green, green, red, red of eight bytes, twice.</summary>
    static Vector128<byte> Pairs => Vector128.Create((byte)0, 3, 1, 4, 2, 5, 255, 255, 8, 11, 9, 12, 10, 13, 255, 255);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Blend(
        ReadOnlySpan<short> upper, ReadOnlySpan<short> lower, (short Upper, short Lower) weights, Span<byte> row)
    {
        const int Block = 8;
        var dropFourth = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
        var (upperWeight, lowerWeight) = (Vector256.Create(weights.Upper), Vector256.Create(weights.Lower));
        ref var first = ref MemoryMarshal.GetReference(upper);
        ref var second = ref MemoryMarshal.GetReference(lower);
        ref var output = ref MemoryMarshal.GetReference(row);
        var count = row.Length / Image.Channels;
        var x = 0;
        for (; x <= count - Block - 2; x += Block)         // the second store writes four bytes of the next pixels
        {
            var at = (nuint)(x * Lanes);
            var low = Avx2.MultiplyHigh(Vector256.LoadUnsafe(ref first, at), upperWeight)
                + Avx2.MultiplyHigh(Vector256.LoadUnsafe(ref second, at), lowerWeight);
            var high = Avx2.MultiplyHigh(Vector256.LoadUnsafe(ref first, at + 16), upperWeight)
                + Avx2.MultiplyHigh(Vector256.LoadUnsafe(ref second, at + 16), lowerWeight);
            low = (low + Vector256.Create((short)2)) >> 2;
            high = (high + Vector256.Create((short)2)) >> 2;
            Vector128.Shuffle(Sse2.PackUnsignedSaturate(low.GetLower(), low.GetUpper()), dropFourth)
                .StoreUnsafe(ref output, (nuint)(x * Image.Channels));
            Vector128.Shuffle(Sse2.PackUnsignedSaturate(high.GetLower(), high.GetUpper()), dropFourth)
                .StoreUnsafe(ref output, (nuint)(x * Image.Channels) + 12);
        }
        BlendFrom(x, upper, lower, weights, row);
    }

    /// <summary>The columns of the result, prepared for <see cref="Stretch"/>.</summary>
    sealed class Columns
    {
        public Columns(LinearAxis axis, int sourceWidth)
        {
            (Axis, Count) = (axis, axis.Left.Length);
            Offsets = new int[Count];
            for (var x = 0; x < Count; x++) Offsets[x] = axis.Left[x] * Image.Channels;
            // Eight bytes are read at each offset, which must lie in the row.
            while (VectorCount + 4 <= Count && Offsets[VectorCount + 3] + 8 <= sourceWidth * Image.Channels) VectorCount += 4;
            PairWeights = new int[VectorCount * 4];
            for (var x = 0; x < VectorCount; x++)
            {
                // Each pixel's pair of weights stands four times, in the order of the unpacked vectors: pixels 0, 2, 1, 3.
                var place = x / 4 * 16 + (x % 4) switch { 0 => 0, 2 => 4, 1 => 8, _ => 12 };
                PairWeights.AsSpan(place, 4).Fill((ushort)axis.Fixed[x].Left | axis.Fixed[x].Right << 16);
            }
        }

        public LinearAxis Axis { get; }

        public int Count { get; }

        public int[] Offsets { get; }

        public int VectorCount { get; }

        public int[] PairWeights { get; }
    }
}
