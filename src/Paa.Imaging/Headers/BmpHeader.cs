namespace Paa.Imaging.Headers;

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
