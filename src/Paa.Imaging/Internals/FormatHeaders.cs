namespace Paa.Imaging.Internals;

/// <summary>Walks the segments of a JPEG file up to its frame header and first scan.</summary>
static class JpegHeader
{
    /// <summary>Format, upright size and orientation.</summary>
    /// <remarks>
    /// As OpenCV does, only the first APP1 segment is asked for the orientation: a file whose XMP block comes before its
    /// EXIF block stays unrotated.
    /// </remarks>
    public static ImageHeader Read(FileBytes file)
    {
        int height = 0, width = 0, orientation = 0;
        for (long at = 2; ;)
        {
            while (file.U8(at) != 0xFF) at++;               // bytes between segments are skipped, as libjpeg does
            while (file.U8(at) == 0xFF) at++;
            var marker = file.U8(at++);
            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8)) continue;   // no segment follows these
            if (marker == 0xD9) throw file.Failure("the JPEG file has no picture");
            var length = file.U16(at);
            if (length < 2) throw file.Failure("a JPEG segment is damaged");
            if (IsFrame(marker) && height == 0) (height, width) = (file.U16(at + 3), file.U16(at + 5));
            if (marker == 0xE1 && orientation == 0)
                orientation = file.HasAt(at + 2, "Exif\0\0"u8) && length > 8
                    ? ExifOrientation.Read(file.Part(at + 8, length - 8))
                    : 1;
            if (marker == 0xDA) break;
            at += length;
        }
        return ImageHeader.Upright(ImageFormat.Jpeg, height, width, Math.Max(orientation, 1));
    }

    /// <summary>SOF0..SOF15 without DHT, JPG and DAC, which stand between them.</summary>
    internal static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
}

/// <summary>Walks all chunks of a PNG file: a file without its end chunk is cut off.</summary>
static class PngHeader
{
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Format, upright size and orientation (chunk eXIf).</summary>
    public static ImageHeader Read(FileBytes file)
    {
        if (!file.HasAt(12, "IHDR"u8)) throw file.Failure("the PNG header is damaged");
        var (width, height, orientation) = (file.Dimension(file.U32(16)), file.Dimension(file.U32(20)), 1);
        for (long at = Signature.Length; ;)
        {
            var length = file.U32(at);
            if (at + 12 + length > file.Length) throw file.CutOff();   // length, type, data, checksum
            if (file.HasAt(at + 4, "eXIf"u8)) orientation = ExifOrientation.Read(file.Part(at + 8, length));
            if (file.HasAt(at + 4, "IEND"u8)) break;
            at += 12 + length;
        }
        return ImageHeader.Upright(ImageFormat.Png, height, width, orientation);
    }
}

/// <summary>Windows (40 bytes and more) and OS/2 (12 bytes) bitmap headers.</summary>
static class BmpHeader
{
    const int Uncompressed = 0;

    /// <summary>Format and size; the rows of an uncompressed file must all be there.</summary>
    public static ImageHeader Read(FileBytes file)
    {
        file = file.In(littleEndianOrder: true);
        var pixels = file.U32(10);
        long width, height;
        int bits, compression = Uncompressed;
        if (file.U32(14) == 12)
        {
            (width, height, bits) = (file.U16(18), file.U16(20), file.U16(24));
        }
        else
        {
            (width, height) = ((int)file.U32(18), Math.Abs((long)(int)file.U32(22)));   // negative: stored from the top
            (bits, compression) = (file.U16(28), (int)file.U32(30));
        }
        var stride = (width * bits + 31) / 32 * 4;
        if (width > 0 && compression == Uncompressed && pixels + stride * height > file.Length) throw file.CutOff();
        var columns = (ulong)Math.Max(width, 0);
        return new ImageHeader(ImageFormat.Bmp, file.Dimension((ulong)height), file.Dimension(columns), Orientation: 1);
    }
}

/// <summary>The three kinds of WebP: lossy (VP8), lossless (VP8L), extended (VP8X).</summary>
static class WebPHeader
{
    const int AnimationFlag = 0x02;

    /// <summary>Format and size. OpenCV applies no orientation to WebP, so neither do we.</summary>
    public static ImageHeader Read(FileBytes file)
    {
        file = file.In(littleEndianOrder: true);
        if (8L + file.U32(4) > file.Length) throw file.CutOff();
        if (file.HasAt(12, "VP8 "u8)) return Make(file.U16(28) & 0x3FFF, file.U16(26) & 0x3FFF);
        if (file.HasAt(12, "VP8L"u8))
        {
            var sizes = file.U32(21);                                    // 14 bits each, less one
            return Make((int)(sizes >> 14 & 0x3FFF) + 1, (int)(sizes & 0x3FFF) + 1);
        }
        if (file.HasAt(12, "VP8X"u8) && (file.U8(20) & AnimationFlag) != 0) throw file.Failure("animated WebP is not supported");
        if (file.HasAt(12, "VP8X"u8)) return Make((int)(file.U32(26) >> 8) + 1, (int)(file.U32(24) & 0xFFFFFF) + 1);
        throw file.Failure("the WebP header is damaged");

        static ImageHeader Make(int height, int width) => new(ImageFormat.WebP, height, width, Orientation: 1);
    }
}

/// <summary>First directory of a TIFF (32-bit offsets) or BigTIFF file (64-bit offsets).</summary>
static class TiffHeader
{
    const int WidthTag = 256, HeightTag = 257, OrientationTag = 274, SamplesTag = 277, TileWidthTag = 322, TileHeightTag = 323;
    const int ShortType = 3, MaxSamples = 16;

    /// <summary>Tiles are decoded whole; files of one small tile exist, files of a giant one do not.</summary>
    const long MaxTilePixels = 1 << 24;

    /// <summary>Bytes of a value of each type, BYTE to IFD8.</summary>
    static ReadOnlySpan<byte> TypeBytes => [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

    /// <summary>Whether a file begins as one of the four kinds: either byte order, classic or big.</summary>
    public static bool Begins(FileBytes file) =>
        file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8);

    /// <summary>Format, upright size and orientation. That the strips are complete is for the decoder to find.</summary>
    /// <remarks>Values must lie inside the file, and tiles and pixels have sizes that occur: decoders take memory as these tell
    /// them.</remarks>
    public static ImageHeader Read(FileBytes file)
    {
        file = file.In(littleEndianOrder: file.StartsWith("II"u8));
        var big = file.U16(2) == 43;
        var (width, height, orientation, tileWidth, tileHeight) = (0, 0, 1, 0L, 0L);
        var directory = big ? (long)Math.Min(file.U64(8), long.MaxValue / 2) : file.U32(4);
        var count = big ? (long)Math.Min(file.U64(directory), ushort.MaxValue) : file.U16(directory);
        var (first, size) = big ? (directory + 8, 20) : (directory + 2, 12);
        for (var i = 0L; i < count; i++)
        {
            var entry = first + i * size;
            var value = entry + size - (big ? 8 : 4);
            CheckValues(file, entry, value, big);
            var number = file.U16(entry + 2) == ShortType ? file.U16(value) : file.U32(value);
            switch (file.U16(entry))
            {
                case WidthTag: width = file.Dimension(number); break;
                case HeightTag: height = file.Dimension(number); break;
                case OrientationTag: orientation = number is >= 1 and <= 8 ? (int)number : 1; break;
                case SamplesTag when number > MaxSamples: throw file.Failure($"the TIFF header gives {number} samples a pixel");
                case TileWidthTag: tileWidth = number; break;
                case TileHeightTag: tileHeight = number; break;
            }
        }
        if (tileWidth * tileHeight > Math.Max(MaxTilePixels, 4L * width * height))
            throw file.Failure($"the TIFF header gives tiles of {tileHeight}x{tileWidth}");
        return ImageHeader.Upright(ImageFormat.Tiff, height, width, orientation);
    }

    /// <summary>The values of an entry that are too many to stand in it must stand elsewhere in the file.</summary>
    static void CheckValues(FileBytes file, long entry, long value, bool big)
    {
        var type = file.U16(entry + 2);
        var count = big ? file.U64(entry + 4) : file.U32(entry + 4);
        var size = type < TypeBytes.Length ? TypeBytes[type] : 0UL;
        if (count > (ulong)file.Length) throw file.CutOff();
        if (count * size <= (big ? 8UL : 4UL)) return;
        var offset = big ? file.U64(value) : file.U32(value);
        if (offset > (ulong)file.Length || count * size > (ulong)file.Length - offset) throw file.CutOff();
    }
}

/// <summary>The orientation tag of an EXIF block, which is a small TIFF file.</summary>
static class ExifOrientation
{
    const int Tag = 0x0112;

    /// <summary>Orientation 1..8; 1 where the block has none or is damaged: pixels are worth more than their metadata.</summary>
    public static int Read(FileBytes exif)
    {
        try
        {
            if (!exif.StartsWith("II*\0"u8) && !exif.StartsWith("MM\0*"u8)) return 1;
            var tiff = exif.In(littleEndianOrder: exif.StartsWith("II"u8));
            return FindTag(tiff, tiff.U32(4)) is { } entry && tiff.U16(entry + 8) is >= 1 and <= 8 and var value ? value : 1;
        }
        catch (ImageException)
        {
            return 1;
        }
    }

    /// <summary>Offset of the tag's entry in a directory: a 16-bit count, then entries of tag, type, count and, at 8,
    /// value.</summary>
    static long? FindTag(FileBytes tiff, long directory)
    {
        var count = tiff.U16(directory);
        for (var i = 0; i < count; i++)
            if (tiff.U16(directory + 2 + i * 12) == Tag) return directory + 2 + i * 12;
        return null;
    }
}
