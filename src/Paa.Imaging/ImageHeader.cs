using Paa.Imaging.Internals;

namespace Paa.Imaging;

/// <summary>What the first bytes of an image file tell, read without decoding it.</summary>
/// <param name="Format">Found by the content; the file's extension plays no part.</param>
/// <param name="Height">Rows of the decoded image, after rotation by the EXIF orientation.</param>
/// <param name="Width">Columns of the decoded image, after rotation.</param>
/// <param name="Orientation">EXIF orientation, 1 (upright) to 8.</param>
/// <remarks>
/// Written in managed code on purpose: a hostile file meets bounds checks here, and its size is judged before the decoders
/// see it. PNG, WebP and BMP files that end early are recognised here as well.
/// </remarks>
public sealed record ImageHeader(ImageFormat Format, int Height, int Width, int Orientation)
{
    /// <summary>Reads the header of a file in memory.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">Names the image in error messages.</param>
    /// <exception cref="ImageException">Not an image of a known format, damaged, or cut off.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> file, string name)
    {
        if (file.IsEmpty) throw new ImageException(name, "the file is empty");
        var bytes = new FileBytes(file, name);
        ImageHeader header;
        if (bytes.StartsWith([0xFF, 0xD8, 0xFF])) header = JpegHeader.Read(bytes);
        else if (bytes.StartsWith(PngHeader.Signature)) header = PngHeader.Read(bytes);
        else if (bytes.StartsWith("BM"u8)) header = BmpHeader.Read(bytes);
        else if (bytes.StartsWith("RIFF"u8) && bytes.HasAt(8, "WEBP"u8)) header = WebPHeader.Read(bytes);
        else if (TiffHeader.Begins(bytes)) header = TiffHeader.Read(bytes);
        else if (bytes.StartsWith("GIF8"u8)) throw bytes.Failure("GIF is not supported: use JPEG, PNG, BMP, WebP or TIFF");
        else throw bytes.Failure("not a JPEG, PNG, BMP, WebP or TIFF image");
        if (header.Height <= 0 || header.Width <= 0)
            throw bytes.Failure($"the header gives a size of {header.Height}x{header.Width}");
        return header;
    }

    /// <summary>The header with height and width as they stand after rotation.</summary>
    internal static ImageHeader Upright(ImageFormat format, int storedHeight, int storedWidth, int orientation) =>
        orientation >= 5
            ? new ImageHeader(format, storedWidth, storedHeight, orientation)
            : new ImageHeader(format, storedHeight, storedWidth, orientation);

    /// <exception cref="ImageException">The image is larger than the limits allow.</exception>
    internal void ThrowIfLargerThan(ImageLimits limits, string name)
    {
        if ((long)Height * Width > limits.MaxPixels)
            throw new ImageException(name,
                $"{Height}x{Width} is {(long)Height * Width / 1e6:0.#} megapixels, the limit is {limits.MaxPixels / 1e6:0.#}");
    }
}

/// <summary>File formats that are read.</summary>
public enum ImageFormat
{
    /// <summary>JPEG: baseline and progressive, grey, YCbCr, RGB, CMYK and YCCK.</summary>
    Jpeg = 1,

    /// <summary>PNG of any depth; 16 bits are cut to the upper 8.</summary>
    Png = 2,

    /// <summary>Windows and OS/2 bitmaps.</summary>
    Bmp = 3,

    /// <summary>WebP, lossy and lossless; animations are refused.</summary>
    WebP = 4,

    /// <summary>TIFF and BigTIFF; the first page.</summary>
    Tiff = 5,
}
