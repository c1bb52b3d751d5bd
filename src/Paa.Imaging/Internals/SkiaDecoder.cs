using System.Buffers;
using SkiaSharp;

namespace Paa.Imaging.Internals;

/// <summary>Decodes JPEG, PNG, BMP and WebP with Skia, without its colour management.</summary>
/// <remarks>
/// Skia gives four bytes a pixel. They go through a buffer from the pool, for JPEG one of a few rows, which stays in the
/// processor's cache. Transparent pixels keep their colours, as in OpenCV, which drops alpha.
/// </remarks>
static unsafe class SkiaDecoder
{
    const int BytesOfPixel = 4, RowsOfBand = 16;

    /// <summary>Decodes a file into an image of the stored size; the orientation is not applied.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="stored">Gets the pixels.</param>
    /// <param name="inBands">The format is decoded row by row from the top: JPEG.</param>
    /// <param name="name">Names the image in errors.</param>
    /// <exception cref="ImageException">The file is damaged.</exception>
    public static void Decode(ReadOnlySpan<byte> file, Image stored, bool inBands, string name)
    {
        _ = SkiaLibrary.Version;
        fixed (byte* bytes = file)
        {
            using var data = SKData.Create((nint)bytes, file.Length);
            using var codec = SKCodec.Create(data) ?? throw new ImageException(name, "the file is damaged");
            if (codec.Info.Height != stored.Height || codec.Info.Width != stored.Width)
                throw new ImageException(name, $"the pixels have another size ({codec.Info.Height}x{codec.Info.Width}) than the "
                    + $"header says ({stored.Height}x{stored.Width})");
            var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
            var info = new SKImageInfo(stored.Width, stored.Height, SKColorType.Bgra8888, alpha);
            if (inBands) DecodeBands(codec, info, stored, name);
            else DecodeWhole(codec, info, stored, name);
        }
    }

    static void DecodeBands(SKCodec codec, SKImageInfo info, Image stored, string name)
    {
        if (codec.StartScanlineDecode(info) != SKCodecResult.Success) throw new ImageException(name, "the file is damaged");
        var stride = info.Width * BytesOfPixel;
        var buffer = ArrayPool<byte>.Shared.Rent(RowsOfBand * stride);
        try
        {
            fixed (byte* band = buffer)
            {
                for (var top = 0; top < stored.Height; top += RowsOfBand)
                {
                    var rows = Math.Min(RowsOfBand, stored.Height - top);
                    if (codec.GetScanlines((nint)band, rows, stride) < rows)
                        throw new ImageException(name, $"the file is damaged near row {top} of {stored.Height}");
                    DropAlpha(buffer.AsSpan(0, rows * stride), stored.Rows(top, rows));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static void DecodeWhole(SKCodec codec, SKImageInfo info, Image stored, string name)
    {
        var length = info.BytesSize64;
        if (length > Array.MaxLength) throw new ImageException(name, $"{info.Height}x{info.Width} pixels are too many to decode");
        var buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            fixed (byte* pixels = buffer)
                if (codec.GetPixels(info, (nint)pixels) != SKCodecResult.Success)
                    throw new ImageException(name, "the file is damaged or cut off");
            DropAlpha(buffer.AsSpan(0, (int)length), stored.Pixels);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Four bytes a pixel become three.</summary>
    static void DropAlpha(ReadOnlySpan<byte> bgra, Span<byte> bgr) => PixelBytes.DropFourth(bgra, bgr);
}
