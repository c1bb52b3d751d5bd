namespace Paa.Imaging.Headers;

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
                orientation = file.HasAt(at + 2, "Exif\0\0"u8) && length > 8 ? ExifOrientation.Read(file.Part(at + 8, length - 8)) : 1;
            if (marker == 0xDA) break;
            at += length;
        }
        return ImageHeader.Upright(ImageFormat.Jpeg, height, width, Math.Max(orientation, 1));
    }

    /// <summary>SOF0..SOF15 without DHT, JPG and DAC, which stand between them.</summary>
    static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
}
