namespace Paa.Imaging.Headers;

/// <summary>First directory of a TIFF (32-bit offsets) or BigTIFF file (64-bit offsets).</summary>
static class TiffHeader
{
    const int WidthTag = 256, HeightTag = 257, OrientationTag = 274, ShortType = 3;

    /// <summary>Whether a file begins as one of the four kinds: either byte order, classic or big.</summary>
    public static bool Begins(FileBytes file) =>
        file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8);

    /// <summary>Format, upright size and orientation. That the strips are complete is for the decoder to find.</summary>
    public static ImageHeader Read(FileBytes file)
    {
        file = file.In(littleEndianOrder: file.StartsWith("II"u8));
        var big = file.U16(2) == 43;
        var (width, height, orientation) = (0, 0, 1);
        var directory = big ? (long)Math.Min(file.U64(8), long.MaxValue / 2) : file.U32(4);
        var count = big ? (long)Math.Min(file.U64(directory), ushort.MaxValue) : file.U16(directory);
        var (first, size) = big ? (directory + 8, 20) : (directory + 2, 12);
        for (var i = 0L; i < count; i++)
        {
            var entry = first + i * size;
            var value = entry + size - (big ? 8 : 4);
            var number = file.U16(entry + 2) == ShortType ? file.U16(value) : file.U32(value);
            switch (file.U16(entry))
            {
                case WidthTag: width = file.Dimension(number); break;
                case HeightTag: height = file.Dimension(number); break;
                case OrientationTag: orientation = number is >= 1 and <= 8 ? (int)number : 1; break;
            }
        }
        return ImageHeader.Upright(ImageFormat.Tiff, height, width, orientation);
    }
}
