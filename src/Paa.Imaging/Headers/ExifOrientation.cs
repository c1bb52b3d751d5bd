namespace Paa.Imaging.Headers;

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

    /// <summary>Offset of the tag's entry in a directory: a 16-bit count, then entries of tag, type, count and, at 8, value.</summary>
    static long? FindTag(FileBytes tiff, long directory)
    {
        var count = tiff.U16(directory);
        for (var i = 0; i < count; i++)
            if (tiff.U16(directory + 2 + i * 12) == Tag) return directory + 2 + i * 12;
        return null;
    }
}
