namespace Paa.Imaging.Headers;

/// <summary>Looks up tags in a directory of classic TIFF: a 16-bit count, then entries of 12 bytes.</summary>
static class TiffDirectory
{
    /// <summary>Finds the first entry with a tag; <paramref name="entry"/> is its offset: tag, type, count, value at +8.</summary>
    public static bool Find(FileBytes tiff, long directory, int tag, out long entry)
    {
        var count = tiff.U16(directory);
        for (entry = directory + 2; entry < directory + 2 + count * 12; entry += 12)
            if (tiff.U16(entry) == tag) return true;
        return false;
    }
}
