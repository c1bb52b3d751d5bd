using Paa.Imaging.Internals;
using Paa.Platform;

namespace Paa.Imaging;

public sealed partial class Image
{
    /// <summary>Reads a file as <c>cv2.imread</c> does: upright by its EXIF orientation, 3 channels of 8 bits, no
    /// alpha.</summary>
    /// <param name="path">A JPEG, PNG, BMP, WebP or TIFF file.</param>
    /// <param name="limits">What the file may ask for; null: <see cref="ImageLimits.Default"/>.</param>
    /// <returns>The picture. The caller owns it.</returns>
    /// <exception cref="ImageException">The file is missing, not an image, too large, damaged or cut off.</exception>
    public static Image Load(string path, ImageLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        limits ??= ImageLimits.Default;
        using var file = ImageFile.Read(path, limits);
        return Decode(file.Bytes, limits, path);
    }

    /// <summary>Reads an image file held in memory; see <see cref="Load(string, ImageLimits?)"/>.</summary>
    /// <param name="file">The whole file. Borrowed.</param>
    /// <param name="limits">What the file may ask for; null: <see cref="ImageLimits.Default"/>.</param>
    /// <param name="name">Names the image in error messages.</param>
    /// <returns>The picture. The caller owns it.</returns>
    /// <remarks>
    /// Damage inside a complete JPEG gives wrong blocks, as it would in training with MMDetection; other damaged files are
    /// refused, and so is a file that ends too early. A JPEG that lacks nothing but its end marker is complete.
    /// </remarks>
    /// <exception cref="ImageException">Not an image, too large, damaged or cut off.</exception>
    public static Image Decode(ReadOnlySpan<byte> file, ImageLimits? limits = null, string name = "image")
    {
        var header = ImageHeader.Read(file, name);
        header.ThrowIfLargerThan(limits ?? ImageLimits.Default, name);
        var (height, width) = header.Orientation >= 5 ? (header.Width, header.Height) : (header.Height, header.Width);
        var stored = new Image(height, width, name);
        try
        {
            switch (header.Format)
            {
                case ImageFormat.Jpeg: JpegDecoder.Decode(file, stored, name); break;
                case ImageFormat.Tiff: TiffDecoder.Decode(file, stored, name); break;
                default: SkiaDecoder.Decode(file, stored, inBands: false, name); break;
            }
            if (header.Orientation == 1) return stored;
            using (stored) return stored.Upright(header.Orientation);
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    /// <summary>Encodes the picture.</summary>
    /// <param name="extension">Format: <c>.jpg</c>, <c>.png</c>, <c>.bmp</c>, <c>.webp</c> or <c>.tiff</c>.</param>
    /// <param name="quality">For JPEG and WebP, 1 (small) to 100 (good).</param>
    /// <returns>The bytes of the file.</returns>
    /// <exception cref="ImageException">The format is unknown, or the picture is too large for it.</exception>
    public byte[] Encode(string extension, int quality = 92)
    {
        ArgumentNullException.ThrowIfNull(extension);
        return Encode(extension, quality, $"image to {extension}");
    }

    /// <summary>Writes the picture, whole or not at all; the extension of the path chooses the format.</summary>
    /// <param name="path">Where to. Replaced if it exists (see <see cref="AtomicFile"/>).</param>
    /// <param name="quality">For JPEG and WebP, 1 to 100.</param>
    /// <exception cref="ImageException">The format is unknown or the file cannot be written.</exception>
    public void Save(string path, int quality = 92)
    {
        var file = Encode(Path.GetExtension(path), quality, path);
        try
        {
            AtomicFile.Write(path, stream => stream.Write(file));
        }
        catch (FileWriteException error)
        {
            throw new ImageException(path, error.Problem.TrimEnd('.'), error);
        }
    }

    byte[] Encode(string extension, int quality, string name)
    {
        var format = ImageEncoder.FormatOf(extension) ?? throw new ImageException(name,
            $"cannot write the format '{extension.ToLowerInvariant()}': use {ImageEncoder.Formats}");
        return ImageEncoder.Encode(this, format, quality)
            ?? throw new ImageException(name, $"{Height}x{Width} pixels are too many for the format {format}");
    }
}

/// <summary>What a file may ask for. Checked on the header, before memory for pixels is taken.</summary>
public sealed record ImageLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Largest height times width. A pixel takes three bytes, and a few more while it is decoded.</summary>
    public long MaxPixels { get; init; } = 100_000_000;

    /// <summary>Largest file in bytes.</summary>
    public long MaxFileBytes { get; init; } = 512L << 20;
}

/// <summary>An image that cannot be read or written: which one, and why.</summary>
/// <param name="file">Path of the file, or another name that tells the user which image is meant.</param>
/// <param name="reason">What is wrong with it.</param>
/// <param name="inner">The cause, if it is an exception.</param>
public sealed class ImageException(string file, string reason, Exception? inner = null) : Exception($"{file}: {reason}.", inner)
{
    /// <summary>Path of the file, or the name given for an image in memory.</summary>
    public string File { get; } = file;

    /// <summary>What is wrong, without the file and the final full stop.</summary>
    public string Reason { get; } = reason;
}
