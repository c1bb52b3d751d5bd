using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Paa.Imaging;

/// <summary>
/// Turns 8-bit pixels into the float planes of a network's input: normalise, swap colours, flip, pad and go from
/// [H, W, 3] to [3, H, W], in one pass over memory.
/// </summary>
/// <remarks>
/// Equal bit for bit to mmcv's <c>imnormalize</c>: the mean is subtracted in float32, the difference multiplied in float64
/// by the reciprocal of the float32 deviation, and the product rounded to float32. A table has the result for each of the 256
/// bytes. Rows are done 16 pixels at a time, in float32 where that gives the table's values, as it does for all usual means and
/// deviations, in float64 otherwise.
/// </remarks>
public sealed class PixelNormalizer
{
    const int Block = 16;

    /// <summary>Byte shuffles that collect one channel from 48 bytes of pixels: [channel][which 16 bytes].</summary>
    static readonly Vector128<byte>[][] Forward = Shuffles(reverse: false);
    static readonly Vector128<byte>[][] Backward = Shuffles(reverse: true);

    readonly Plane[] _planes;

    /// <summary>Prepares the constants.</summary>
    /// <param name="mean">Three means, in the order of the planes.</param>
    /// <param name="std">Three deviations, not 0.</param>
    /// <param name="toRgb">The planes are red, green, blue; otherwise blue, green, red.</param>
    /// <exception cref="ArgumentException">Not three numbers each, or a deviation of 0 or not finite.</exception>
    public PixelNormalizer(ReadOnlySpan<double> mean, ReadOnlySpan<double> std, bool toRgb = true)
    {
        if (mean.Length != Image.Channels || std.Length != Image.Channels)
            throw new ArgumentException(
                $"PixelNormalizer: mean and std must have 3 numbers, got {mean.Length} and {std.Length}.");
        _planes = new Plane[Image.Channels];
        for (var i = 0; i < Image.Channels; i++)
        {
            if (!double.IsNormal((float)std[i])) throw new ArgumentException($"PixelNormalizer: std[{i}] is {std[i]}.");
            _planes[i] = new Plane(toRgb ? Image.Channels - 1 - i : i, (float)mean[i], 1.0 / (float)std[i]);
        }
    }

    /// <summary>Writes an image into the upper left corner of a canvas; the rest of the canvas becomes 0.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="flipHorizontal">Mirror left and right.</param>
    /// <param name="flipVertical">Mirror top and bottom.</param>
    /// <param name="canvas">[3, canvasHeight, canvasWidth]; every element is written.</param>
    /// <param name="canvasHeight">At least the image's height.</param>
    /// <param name="canvasWidth">At least the image's width.</param>
    /// <exception cref="ArgumentException">The canvas is smaller than the image, or the span has another length.</exception>
    public void Write(Image image, bool flipHorizontal, bool flipVertical, Span<float> canvas, int canvasHeight, int canvasWidth)
    {
        var layout = new Canvas(canvas, canvasHeight, canvasWidth, image.Height, image.Width);
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Row(flipVertical ? image.Height - 1 - y : y);
            for (var i = 0; i < Image.Channels; i++) _planes[i].Write(row, layout.Row(i, y), flipHorizontal);
        }
    }

    /// <summary>The same for an image of floating-point colours.</summary>
    /// <inheritdoc cref="Write(Image, bool, bool, Span{float}, int, int)"/>
    public void Write(
        FloatImage image, bool flipHorizontal, bool flipVertical, Span<float> canvas, int canvasHeight, int canvasWidth)
    {
        var layout = new Canvas(canvas, canvasHeight, canvasWidth, image.Height, image.Width);
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Row(flipVertical ? image.Height - 1 - y : y);
            for (var i = 0; i < Image.Channels; i++) _planes[i].Write(row, layout.Row(i, y), flipHorizontal);
        }
    }

    /// <summary>Three planes of floats with an image in the upper left corner.</summary>
    readonly ref struct Canvas
    {
        readonly Span<float> _planes;
        readonly int _area, _width, _imageWidth;

        /// <summary>Clears what lies below and beside the image.</summary>
        public Canvas(Span<float> planes, int height, int width, int imageHeight, int imageWidth)
        {
            if (height < imageHeight || width < imageWidth)
                throw new ArgumentException(
                    $"PixelNormalizer.Write: an image of {imageHeight}x{imageWidth} is larger than the canvas {height}x{width}.");
            if (planes.Length != (long)Image.Channels * height * width)
                throw new ArgumentException(
                    $"PixelNormalizer.Write: a canvas [3, {height}, {width}] cannot have {planes.Length} elements.");
            _planes = planes;
            (_area, _width, _imageWidth) = (height * width, width, imageWidth);
            for (var i = 0; i < Image.Channels; i++)
            {
                var beside = width - imageWidth;
                for (var y = 0; y < imageHeight; y++) planes.Slice(i * _area + y * width + imageWidth, beside).Clear();
                planes[(i * _area + imageHeight * width)..((i + 1) * _area)].Clear();
            }
        }

        /// <summary>The part of a row that the image fills.</summary>
        public Span<float> Row(int plane, int y) => _planes.Slice(plane * _area + y * _width, _imageWidth);
    }

    static Vector128<byte>[][] Shuffles(bool reverse)
    {
        Span<byte> indices = stackalloc byte[Block];
        var shuffles = new Vector128<byte>[Image.Channels][];
        for (var channel = 0; channel < Image.Channels; channel++)
        {
            shuffles[channel] = new Vector128<byte>[3];
            for (var part = 0; part < 3; part++)
            {
                for (var i = 0; i < Block; i++)
                {
                    var at = (reverse ? Block - 1 - i : i) * Image.Channels + channel - part * Block;
                    indices[i] = at is >= 0 and < Block ? (byte)at : byte.MaxValue;   // gives 0 on x86 and on ARM
                }
                shuffles[channel][part] = Vector128.Create<byte>(indices);
            }
        }
        return shuffles;
    }

    /// <summary>One plane of the output: the channel it comes from and its constants.</summary>
    sealed class Plane(int channel, float mean, double scale)
    {
        readonly float[] _table = [.. Enumerable.Range(0, 256).Select(value => (float)((value - mean) * scale))];

        /// <summary>The scale as a sum of two float32 numbers.</summary>
        readonly float _scale = (float)scale, _rest = (float)(scale - (float)scale);

        bool? _isSingle;

        /// <summary>Whether a fused multiplication with both parts of the scale gives the table, for every byte.</summary>
        bool IsSingle => _isSingle ??= Fma.IsSupported && Enumerable.Range(0, 256).All(value =>
            MathF.FusedMultiplyAdd(value - mean, _scale, (value - mean) * _rest) == _table[value]);

        /// <summary>Normalises one channel of a row of pixels.</summary>
        public void Write(ReadOnlySpan<byte> pixels, Span<float> target, bool reverse)
        {
            var done = Vector128.IsHardwareAccelerated ? WriteBlocks(pixels, target, reverse) : 0;
            for (var x = done; x < target.Length; x++)
                target[x] = _table[pixels[(reverse ? target.Length - 1 - x : x) * Image.Channels + channel]];
        }

        /// <summary>Normalises one channel of a row of floating-point pixels.</summary>
        public void Write(ReadOnlySpan<float> pixels, Span<float> target, bool reverse)
        {
            for (var x = 0; x < target.Length; x++)
                target[x] = (float)((pixels[(reverse ? target.Length - 1 - x : x) * Image.Channels + channel] - mean) * scale);
        }

        int WriteBlocks(ReadOnlySpan<byte> pixels, Span<float> target, bool reverse)
        {
            var shuffles = (reverse ? Backward : Forward)[channel];
            var (first, second, third) = (shuffles[0], shuffles[1], shuffles[2]);
            var (means, isSingle) = (Vector512.Create(mean), IsSingle);
            var (scales, scale32, rest32) = (Vector512.Create(scale), Vector512.Create(_scale), Vector512.Create(_rest));
            ref var source = ref MemoryMarshal.GetReference(pixels);
            ref var output = ref MemoryMarshal.GetReference(target);
            var x = 0;
            for (; x <= target.Length - Block; x += Block)
            {
                var at = (nuint)((reverse ? target.Length - Block - x : x) * Image.Channels);
                var bytes = Vector128.ShuffleNative(Vector128.LoadUnsafe(ref source, at), first)
                    | Vector128.ShuffleNative(Vector128.LoadUnsafe(ref source, at + Block), second)
                    | Vector128.ShuffleNative(Vector128.LoadUnsafe(ref source, at + 2 * Block), third);
                var centred = ToSingle(bytes) - means;
                var values = isSingle
                    ? Vector512.FusedMultiplyAdd(centred, scale32, centred * rest32)
                    : Scale(centred, scales);
                values.StoreUnsafe(ref output, (nuint)x);
            }
            return x;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<float> ToSingle(Vector128<byte> bytes)
        {
            if (Avx512F.IsSupported) return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(bytes));
            var (low, high) = Vector128.Widen(bytes);
            var (lower, upper) = Vector256.Widen(Vector256.Create(low, high));
            return Vector512.ConvertToSingle(Vector512.Create(lower, upper).AsInt32());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<float> Scale(Vector512<float> centred, Vector512<double> scales)
        {
            var (left, right) = Vector512.Widen(centred);
            return Vector512.Narrow(left * scales, right * scales);
        }
    }
}
