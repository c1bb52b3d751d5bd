using System.Buffers;

namespace Paa.Imaging.Internals;

/// <summary>Decodes JPEG files; a file that ends before its last pixel is refused.</summary>
/// <remarks>
/// Decoders fill up what a short file lacks and say nothing. A file without an end marker is therefore decoded twice, with
/// different bytes behind its end: if no pixel depends on them, none was missing.
/// </remarks>
static class JpegDecoder
{
    /// <summary>A file of a few kilobytes can name thousands of passes over a large picture; real ones have about ten.</summary>
    const int MaxScans = 500;

    const int PaddingBytes = 1024;

    static ReadOnlySpan<byte> EndMarker => [0xFF, 0xD9];

    /// <summary>Decodes a file into an image of the stored size; the orientation is not applied.</summary>
    /// <exception cref="ImageException">The file is damaged, cut off, or has too many scans.</exception>
    public static void Decode(ReadOnlySpan<byte> file, Image stored, string name)
    {
        var survey = JpegSurvey.Read(file);
        if (survey.Scans > MaxScans) throw new ImageException(name, $"more than {MaxScans} scans");
        if (survey.IsEnded)
        {
            DecodeEnded(file, survey, stored, name);
            return;
        }
        if (survey.Scans == 0) throw new ImageException(name, "the file is cut off: it ends before the pixels");
        if (!survey.IsOneScan) throw new ImageException(name, "the file is cut off: scans are missing");
        DecodeWithoutEnd(file, survey, stored, name);
    }

    /// <summary>By the decoder for files of this kind.</summary>
    static void DecodeEnded(ReadOnlySpan<byte> file, JpegSurvey survey, Image stored, string name)
    {
        if (survey is { Components: InkJpegDecoder.Inks, IsSubsampled: false }) InkJpegDecoder.Decode(file, stored, name);
        else SkiaDecoder.Decode(file, stored, inBands: true, name);
    }

    static void DecodeWithoutEnd(ReadOnlySpan<byte> file, JpegSurvey survey, Image stored, string name)
    {
        var padded = ArrayPool<byte>.Shared.Rent(file.Length + PaddingBytes + EndMarker.Length);
        try
        {
            file.CopyTo(padded);
            EndMarker.CopyTo(padded.AsSpan(file.Length));                  // decoders go on with zeros here
            DecodeEnded(padded.AsSpan(0, file.Length + EndMarker.Length), survey, stored, name);
            Pad(padded.AsSpan(file.Length, PaddingBytes), isAfterFF: file[^1] == 0xFF);
            EndMarker.CopyTo(padded.AsSpan(file.Length + PaddingBytes));
            using var other = new Image(stored.Height, stored.Width);
            DecodeEnded(padded.AsSpan(0, file.Length + PaddingBytes + EndMarker.Length), survey, other, name);
            if (stored.Pixels.CommonPrefixLength(other.Pixels) is var same && same < stored.Pixels.Length)
                throw new ImageException(name, "the file is cut off: pixels end near row "
                    + $"{same / (stored.Width * Image.Channels)} of {stored.Height}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(padded);
        }
    }

    /// <summary>Coded pixels that no decoder takes for zeros, with a restart marker wherever one may be due.</summary>
    static void Pad(Span<byte> padding, bool isAfterFF)
    {
        const int Interval = 64;
        new Random(PaddingBytes).NextBytes(padding);
        padding.Replace<byte>(0xFF, 0xFE);
        for (var at = Interval; at + 1 < padding.Length; at += Interval)
            (padding[at], padding[at + 1]) = (0xFF, (byte)(0xD0 + at / Interval % 8));
        padding[0] = 0;                                   // belongs to the 0xFF that the file ends with
        padding[isAfterFF ? 1 : 0] = 0xB7;                // its first bit is no zero
    }
}
