namespace Paa.Imaging.Internals;

/// <summary>What stands in a JPEG file from its first segment to its end, found without decoding it.</summary>
/// <param name="Components">1: grey, 3: colour, 4: inks.</param>
/// <param name="IsSubsampled">Some components are stored at a lower resolution than others.</param>
/// <param name="Scans">Scans until the end marker or the end of the file.</param>
/// <param name="IsOneScan">The first scan holds all of the picture.</param>
/// <param name="IsEnded">A marker follows the picture; otherwise the file ends within it, or right behind it.</param>
readonly record struct JpegSurvey(int Components, bool IsSubsampled, int Scans, bool IsOneScan, bool IsEnded)
{
    const byte StartOfScan = 0xDA, EndOfImage = 0xD9;

    /// <summary>Walks the segments and jumps over the coded pixels of each scan.</summary>
    /// <param name="file">A file whose header could be read, so that a frame stands before the first scan.</param>
    public static JpegSurvey Read(ReadOnlySpan<byte> file)
    {
        var survey = new JpegSurvey(0, IsSubsampled: false, 0, IsOneScan: false, IsEnded: false);
        for (var at = 2; NextMarker(file, ref at) is { } marker;)
        {
            if (marker == EndOfImage || survey is { Scans: 1, IsOneScan: true }) return survey with { IsEnded = true };
            if (marker is 0x01 or (>= 0xD0 and <= 0xD8)) continue;                   // no segment follows these
            if (at + 2 > file.Length) break;
            var length = file[at] << 8 | file[at + 1];
            if (length < 2 || at + length > file.Length) break;
            var segment = file.Slice(at + 2, length - 2);
            at += length;
            if (JpegHeader.IsFrame(marker) && survey.Components == 0 && segment.Length > 5)
                survey = survey with
                {
                    Components = segment[5],
                    IsSubsampled = HasSeveralSamplings(segment[6..]),
                    IsOneScan = marker is 0xC0 or 0xC1 or 0xC9,
                };
            if (marker != StartOfScan) continue;
            var isWhole = survey.IsOneScan && segment.Length > 0 && segment[0] == survey.Components;
            survey = survey with { Scans = survey.Scans + 1, IsOneScan = isWhole && survey.Scans == 0 };
            SkipPixels(file, ref at);
        }
        return survey;
    }

    /// <summary>Each component has three bytes: its name, its sampling factors, its table.</summary>
    static bool HasSeveralSamplings(ReadOnlySpan<byte> components)
    {
        for (var i = 1; i < components.Length; i += 3)
            if (components[i] != components[1]) return true;
        return false;
    }

    /// <summary>Goes behind the next marker; bytes between segments are skipped, as decoders do.</summary>
    static byte? NextMarker(ReadOnlySpan<byte> file, ref int at)
    {
        while (true)
        {
            var offset = file[Math.Min(at, file.Length)..].IndexOf((byte)0xFF);
            if (offset < 0) return null;
            at += offset;
            while (at < file.Length && file[at] == 0xFF) at++;
            if (at >= file.Length) return null;
            if (file[at++] is not 0 and var marker) return marker;
        }
    }

    /// <summary>Goes to the first marker that is neither a stuffed byte nor a restart.</summary>
    static void SkipPixels(ReadOnlySpan<byte> file, ref int at)
    {
        while (file[at..].IndexOf((byte)0xFF) is >= 0 and var offset && at + offset + 1 < file.Length)
        {
            at += offset;
            if (file[at + 1] is not (0 or 0xFF or (>= 0xD0 and <= 0xD7))) return;
            at += file[at + 1] == 0xFF ? 1 : 2;
        }
        at = file.Length;
    }
}
