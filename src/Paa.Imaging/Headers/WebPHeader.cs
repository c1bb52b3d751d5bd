namespace Paa.Imaging.Headers;

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
