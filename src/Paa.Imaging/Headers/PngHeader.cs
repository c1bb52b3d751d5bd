namespace Paa.Imaging.Headers;

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
