using System.Buffers;
using System.Buffers.Binary;
using BitMiracle.LibTiff.Classic;
using SkiaSharp;

namespace Paa.Imaging.Internals;

/// <summary>Writes image files: JPEG, PNG and WebP with Skia, TIFF with LibTiff.NET, bitmaps by itself.</summary>
static class ImageEncoder
{
    /// <summary>What can be written, for error messages.</summary>
    public const string Formats = ".jpg, .png, .bmp, .webp or .tiff";

    /// <summary>The format that an extension names; null if it cannot be written.</summary>
    /// <param name="extension">With its dot, in any case.</param>
    public static ImageFormat? FormatOf(string extension) => extension.ToLowerInvariant() switch
    {
        ".jpg" or ".jpeg" => ImageFormat.Jpeg,
        ".png" => ImageFormat.Png,
        ".bmp" => ImageFormat.Bmp,
        ".webp" => ImageFormat.WebP,
        ".tif" or ".tiff" => ImageFormat.Tiff,
        _ => null,
    };

    /// <summary>Encodes an image.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="format">The format.</param>
    /// <param name="quality">For JPEG and WebP, 1 to 100.</param>
    /// <returns>The bytes of the file; null if the image is too large for the format.</returns>
    public static byte[]? Encode(Image image, ImageFormat format, int quality) => format switch
    {
        ImageFormat.Bmp => EncodeBitmap(image),
        ImageFormat.Tiff => EncodeTiff(image),
        _ => EncodeWithSkia(image, format, Math.Clamp(quality, 1, 100)),
    };

    static unsafe byte[]? EncodeWithSkia(Image image, ImageFormat format, int quality)
    {
        _ = SkiaLibrary.Version;
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Bgra8888, SKAlphaType.Opaque);
        if (info.BytesSize64 > Array.MaxLength) return null;
        var buffer = ArrayPool<byte>.Shared.Rent(info.BytesSize);
        try
        {
            PixelBytes.AddOpaque(image.Pixels, buffer);
            fixed (byte* pixels = buffer)
            {
                using var pixmap = new SKPixmap(info, (nint)pixels);
                using var file = format switch
                {
                    ImageFormat.Jpeg => pixmap.Encode(new SKJpegEncoderOptions(quality)),
                    ImageFormat.Png => pixmap.Encode(SKPngEncoderOptions.Default),
                    _ => pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, quality)),
                };
                return file?.ToArray();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A Windows bitmap of 24 bits: rows of blue, green, red from the bottom, each filled up to four bytes.</summary>
    static byte[]? EncodeBitmap(Image image)
    {
        const int HeaderBytes = 54, InfoBytes = 40, PixelsPerMetre = 2835;
        var rowBytes = image.Width * Image.Channels;
        var stride = (rowBytes + 3L) / 4 * 4;
        if (HeaderBytes + stride * image.Height > Array.MaxLength) return null;
        var file = new byte[HeaderBytes + stride * image.Height];
        "BM"u8.CopyTo(file);
        Put(2, file.Length);
        Put(10, HeaderBytes);
        Put(14, InfoBytes);
        Put(18, image.Width);
        Put(22, image.Height);
        Put(26, 24 << 16 | 1);                            // one plane, 24 bits
        Put(34, file.Length - HeaderBytes);
        Put(38, PixelsPerMetre);
        Put(42, PixelsPerMetre);
        for (var y = 0; y < image.Height; y++)
            image.Row(y).CopyTo(file.AsSpan(HeaderBytes + (int)((image.Height - 1 - y) * stride)));
        return file;

        void Put(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
    }

    /// <summary>A TIFF of strips of about 64 kB, LZW over differences of neighbours.</summary>
    static byte[] EncodeTiff(Image image)
    {
        const int StripBytes = 1 << 16;
        using var file = new MemoryStream();
        using (var tiff = Tiff.ClientOpen("image", "w", file, new TiffStream()))
        {
            var row = new byte[image.Width * Image.Channels];
            tiff.SetField(TiffTag.IMAGEWIDTH, image.Width);
            tiff.SetField(TiffTag.IMAGELENGTH, image.Height);
            tiff.SetField(TiffTag.SAMPLESPERPIXEL, Image.Channels);
            tiff.SetField(TiffTag.BITSPERSAMPLE, 8);
            tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.RGB);
            tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
            tiff.SetField(TiffTag.COMPRESSION, Compression.LZW);
            tiff.SetField(TiffTag.PREDICTOR, Predictor.HORIZONTAL);
            tiff.SetField(TiffTag.ROWSPERSTRIP, Math.Clamp(StripBytes / row.Length, 1, image.Height));
            for (var y = 0; y < image.Height; y++)
            {
                var pixels = image.Row(y);
                for (var i = 0; i < row.Length; i += Image.Channels)
                    (row[i], row[i + 1], row[i + 2]) = (pixels[i + 2], pixels[i + 1], pixels[i]);
                tiff.WriteScanline(row, y);
            }
            tiff.Flush();
            return file.ToArray();
        }
    }
}
