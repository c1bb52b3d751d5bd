using BitMiracle.LibJpeg.Classic;

namespace Paa.Imaging.Internals;

/// <summary>Decodes JPEG files of four inks (CMYK, YCCK), whose inks Skia does not give away.</summary>
/// <remarks>
/// LibJpeg.NET is a translation of libjpeg into C#: slow beside Skia, and right for files this rare. The arithmetic from inks to
/// colours is OpenCV's (<c>modules/imgcodecs/src/utils.cpp</c>). Skia rounds it in another way, which changes values by 2 at
/// most; it decodes files whose inks have several resolutions, because LibJpeg.NET enlarges those differently.
/// </remarks>
static class InkJpegDecoder
{
    /// <summary>Components of such a file.</summary>
    public const int Inks = 4;

    /// <summary>Decodes a file into an image of the stored size; the orientation is not applied.</summary>
    /// <exception cref="ImageException">The file is damaged.</exception>
    public static unsafe void Decode(ReadOnlySpan<byte> file, Image stored, string name)
    {
        fixed (byte* bytes = file)
        {
            using var stream = new UnmanagedMemoryStream(bytes, file.Length);
            try
            {
                Read(new jpeg_decompress_struct(new SilentErrors()), stream, stored, name);
            }
            catch (Exception e) when (e is not ImageException and not OutOfMemoryException)
            {
                throw new ImageException(name, $"the file is damaged: {e.Message.TrimEnd('.')}", e);
            }
        }
    }

    static void Read(jpeg_decompress_struct decoder, Stream stream, Image stored, string name)
    {
        decoder.jpeg_stdio_src(stream);
        decoder.jpeg_read_header(require_image: true);
        if (decoder.Image_height != stored.Height || decoder.Image_width != stored.Width || decoder.Num_components != Inks)
            throw new ImageException(name, "two frame headers of different size");
        decoder.Out_color_space = J_COLOR_SPACE.JCS_CMYK;
        decoder.jpeg_start_decompress();
        byte[][] row = [new byte[stored.Width * Inks]];
        for (var y = 0; y < stored.Height; y++)
        {
            if (decoder.jpeg_read_scanlines(row, 1) != 1)
                throw new ImageException(name, $"the file is damaged near row {y} of {stored.Height}");
            ToColors(row[0], stored.Row(y));
        }
    }

    /// <summary>Ink on paper to light: decoders deliver inverted CMYK.</summary>
    static void ToColors(ReadOnlySpan<byte> inks, Span<byte> bgr)
    {
        for (int at = 0, to = 0; to < bgr.Length; at += Inks, to += Image.Channels)
        {
            var key = inks[at + 3];
            for (var c = 0; c < 3; c++) bgr[to + 2 - c] = (byte)(key - ((255 - inks[at + c]) * key >> 8));
        }
    }

    /// <summary>Warnings about damage are not printed; errors are exceptions.</summary>
    sealed class SilentErrors : jpeg_error_mgr
    {
        public override void emit_message(int msg_level)
        {
        }

        public override void output_message()
        {
        }
    }
}
