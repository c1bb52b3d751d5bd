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
            return TiffDirectory.Find(tiff, tiff.U32(4), Tag, out var entry) && tiff.U16(entry + 8) is >= 1 and <= 8 and var value ? value : 1;
        }
        catch (ImageException)
        {
            return 1;
        }
    }
}
