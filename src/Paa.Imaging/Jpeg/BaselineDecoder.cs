using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Paa.Imaging.Jpeg;

/// <summary>Decodes most photographs twice as fast as Skia, to the same pixels: baseline JPEG, grey or in colours.</summary>
/// <remarks>
/// Skia's libjpeg-turbo is built without vectors. Anything unusual or damaged is left to Skia, which is the tests' oracle. The
/// pixels are libjpeg's: its accurate transform, its smooth enlarging of colours ("fancy upsampling"), its whole-number colours.
/// </remarks>
static class BaselineDecoder
{
    /// <summary>Larger images are Skia's: here all of the picture is held in planes.</summary>
    const int MaxPixels = 1 << 25;

    /// <summary>Bytes behind rows that vectors may read and write.</summary>
    const int Slack = 64;

    /// <summary>Decodes a file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="stored">Gets the pixels.</param>
    /// <returns>False if the file is damaged or not of this kind, or the processor lacks AVX2; the image then holds
    /// anything.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> file, Image stored)
    {
        if (!Avx2.IsSupported || (long)stored.Height * stored.Width > MaxPixels) return false;
        var frame = BaselineFrame.Read(file);
        if (frame is null || frame.Height != stored.Height || frame.Width != stored.Width) return false;
        if (frame.Factor.Horizontal > 1 && frame.Width <= 4) return false;                // libjpeg enlarges these in a plain way
        var planes = frame.Components.Select(component => new Plane(frame, component)).ToArray();
        try
        {
            if (!ReadPlanes(file, frame, planes)) return false;
            if (planes.Length == 1) WriteGrey(planes[0], stored);
            else WriteColors(frame, planes, stored);
            return true;
        }
        finally
        {
            foreach (var plane in planes) plane.Dispose();
        }
    }

    static bool ReadPlanes(ReadOnlySpan<byte> file, BaselineFrame frame, Plane[] planes)
    {
        var reader = new BlockReader(file, frame.ScanStart);
        Span<int> block = stackalloc int[64];
        Span<int> averages = stackalloc int[planes.Length];
        averages.Clear();
        var (horizontal, vertical) = frame.Factor;
        var (columns, rows) = (Ceiling(frame.Width, 8 * horizontal), Ceiling(frame.Height, 8 * vertical));
        var (untilRestart, restarts) = (frame.RestartInterval, 0);
        for (var mcu = 0; mcu < columns * rows; mcu++, untilRestart--)
        {
            if (frame.RestartInterval > 0 && untilRestart == 0)
            {
                if (!reader.Restart(restarts++ & 7)) return false;
                averages.Clear();
                untilRestart = frame.RestartInterval;
            }
            for (var i = 0; i < planes.Length; i++)
            {
                var (plane, component) = (planes[i], frame.Components[i]);
                for (var v = 0; v < component.Vertical; v++)
                    for (var h = 0; h < component.Horizontal; h++)
                    {
                        block.Clear();
                        var used = reader.Read(component, ref averages[i], block);
                        if (used == 0) return false;
                        var (y, x) = (mcu / columns * component.Vertical + v, mcu % columns * component.Horizontal + h);
                        var target = plane.Bytes[(8 * (y * plane.Stride + x))..];
                        if (used == 1) InverseDct.WriteFlat(block[0], target, plane.Stride);
                        else InverseDct.Write(block, target, plane.Stride);
                    }
            }
        }
        return true;
    }

    static void WriteGrey(Plane plane, Image stored)
    {
        for (var y = 0; y < stored.Height; y++)
        {
            var grey = plane.Row(y);
            var row = stored.Row(y);
            for (var x = 0; x < stored.Width; x++) row.Slice(3 * x, 3).Fill(grey[x]);
        }
    }

    static void WriteColors(BaselineFrame frame, Plane[] planes, Image stored)
    {
        var rowBytes = Ceiling(frame.Width, Slack) * Slack + Slack;
        var bytes = ArrayPool<byte>.Shared.Rent(5 * rowBytes);
        var sums = ArrayPool<ushort>.Shared.Rent(rowBytes + Slack);
        var blueness = bytes.AsSpan(0, rowBytes);
        var redness = bytes.AsSpan(rowBytes, rowBytes);
        var colors = bytes.AsSpan(2 * rowBytes, 3 * rowBytes);
        for (var y = 0; y < stored.Height; y++)
        {
            Enlarge(frame, planes[1], y, sums, blueness);
            Enlarge(frame, planes[2], y, sums, redness);
            ToBgr(planes[0].Bytes.Slice(y * planes[0].Stride, planes[0].Stride), blueness, redness, colors);
            colors[..(3 * stored.Width)].CopyTo(stored.Row(y));
        }
        ArrayPool<byte>.Shared.Return(bytes);
        ArrayPool<ushort>.Shared.Return(sums);
    }

    /// <summary>A row of colour at the resolution of the luminance: three parts of the nearer row, one of the other.</summary>
    static void Enlarge(BaselineFrame frame, Plane plane, int y, Span<ushort> sums, Span<byte> row)
    {
        if (frame.Factor is (1, 1))
        {
            plane.Row(y).CopyTo(row);
            return;
        }
        var width = plane.Width;
        var sum = sums.Slice(1, width);
        if (frame.Factor.Vertical == 1)
        {
            Widen(plane.Row(y), sum);
            Interleave(sums, width, row, 1, 2, 2);
            return;
        }
        var near = y / 2;
        var far = Math.Clamp(y % 2 == 0 ? near - 1 : near + 1, 0, plane.Height - 1);
        Mix(plane.Row(near), plane.Row(far), sum);
        Interleave(sums, width, row, 8, 7, 4);
    }

    static void Widen(ReadOnlySpan<byte> row, Span<ushort> sums)
    {
        for (var x = 0; x < sums.Length; x++) sums[x] = row[x];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Mix(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, Span<ushort> sums)
    {
        var x = 0;
        ref var nearest = ref MemoryMarshal.GetReference(near);
        ref var farthest = ref MemoryMarshal.GetReference(far);
        ref var output = ref MemoryMarshal.GetReference(sums);
        for (; x <= sums.Length - 16; x += 16)
        {
            var n = Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref nearest, (nuint)x));
            var f = Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref farthest, (nuint)x));
            (n + n + n + f).AsUInt16().StoreUnsafe(ref output, (nuint)x);
        }
        for (; x < sums.Length; x++) sums[x] = (ushort)(3 * near[x] + far[x]);
    }

    /// <summary>Two pixels of each number: the left one leans to the left neighbour, the right one to the right. The numbers
    /// begin with the second; the ones around them are written here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Interleave(Span<ushort> sums, int width, Span<byte> row, ushort leftRounding, ushort rightRounding, int shift)
    {
        (sums[0], sums[width + 1]) = (sums[1], sums[width]);
        ref var source = ref MemoryMarshal.GetReference(sums);
        ref var output = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, ushort>(row));
        for (var x = 0; x < width; x += 16)                                    // the last vector reaches into the slack
        {
            var middle = Vector256.LoadUnsafe(ref source, (nuint)x + 1);
            middle += middle + middle;
            var left = (middle + Vector256.LoadUnsafe(ref source, (nuint)x) + Vector256.Create(leftRounding)) >> shift;
            var right = (middle + Vector256.LoadUnsafe(ref source, (nuint)x + 2) + Vector256.Create(rightRounding)) >> shift;
            (left | right << 8).StoreUnsafe(ref output, (nuint)x);
        }
    }

    /// <summary>ITU-R BT.601 in 16-bit fixed point, as in libjpeg's <c>jdcolor.c</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ToBgr(ReadOnlySpan<byte> luminance, ReadOnlySpan<byte> blueness, ReadOnlySpan<byte> redness, Span<byte> colors)
    {
        ref var y = ref MemoryMarshal.GetReference(luminance);
        ref var cb = ref MemoryMarshal.GetReference(blueness);
        ref var cr = ref MemoryMarshal.GetReference(redness);
        ref var output = ref MemoryMarshal.GetReference(colors);
        var dropFourth = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
        var (half, centre, largest) = (Vector256.Create(1 << 15), Vector256.Create(128), Vector256.Create(255));
        for (var x = 0; x < luminance.Length; x += 8)
        {
            var grey = Eight(ref y, x);
            var blue = Eight(ref cb, x) - centre;
            var red = Eight(ref cr, x) - centre;
            var b = grey + ((blue * 116130 + half) >> 16);                     // 1.77200
            var g = grey + ((half - blue * 22554 - red * 46802) >> 16);        // 0.34414, 0.71414
            var r = grey + ((red * 91881 + half) >> 16);                       // 1.40200
            var pixels = (Clamp(b) | Clamp(g) << 8 | Clamp(r) << 16).AsByte();
            Vector128.Shuffle(pixels.GetLower(), dropFourth).StoreUnsafe(ref output, (nuint)(3 * x));
            Vector128.Shuffle(pixels.GetUpper(), dropFourth).StoreUnsafe(ref output, (nuint)(3 * x + 12));
        }

        Vector256<int> Clamp(Vector256<int> value) => Vector256.Min(Vector256.Max(value, Vector256<int>.Zero), largest);

        static Vector256<int> Eight(ref byte source, int x) =>
            Avx2.ConvertToVector256Int32(
                Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, x))).AsByte());
    }

    static int Ceiling(int value, int divisor) => (value + divisor - 1) / divisor;

    /// <summary>The bytes of a component, whole MCUs; from the pool.</summary>
    sealed class Plane : IDisposable
    {
        readonly byte[] _bytes;

        public Plane(BaselineFrame frame, BaselineFrame.Component component)
        {
            var (horizontal, vertical) = frame.Factor;
            Stride = Ceiling(frame.Width, 8 * horizontal) * 8 * component.Horizontal;
            Width = Ceiling(frame.Width * component.Horizontal, horizontal);
            Height = Ceiling(frame.Height * component.Vertical, vertical);
            _bytes = ArrayPool<byte>.Shared.Rent(Stride * Ceiling(frame.Height, 8 * vertical) * 8 * component.Vertical + Slack);
        }

        public int Stride { get; }

        /// <summary>Pixels of a row that belong to the picture.</summary>
        public int Width { get; }

        /// <summary>Rows that belong to the picture.</summary>
        public int Height { get; }

        public Span<byte> Bytes => _bytes;

        public Span<byte> Row(int y) => _bytes.AsSpan(y * Stride, Stride);

        public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
    }
}
