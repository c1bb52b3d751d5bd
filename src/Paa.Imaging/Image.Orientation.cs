using System.Runtime.InteropServices;

namespace Paa.Imaging;

public sealed partial class Image
{
    /// <summary>A turned or mirrored copy: the picture as it was seen, from the picture as the camera stored it.</summary>
    /// <param name="orientation">As in EXIF: 1 upright, 2 mirrored, 3 half a turn, 4 upside down, 5 to 8 the same after rows and
    /// columns were exchanged.</param>
    internal Image Upright(int orientation)
    {
        var isTurned = orientation >= 5;
        var upright = isTurned ? new Image(Width, Height, "turned image") : new Image(Height, Width, "turned image");
        var isMirrored = orientation is 2 or 3 or 6 or 7;
        var isUpsideDown = orientation is 3 or 4 or 7 or 8;
        var source = MemoryMarshal.Cast<byte, Bgr>(Pixels);
        for (var y = 0; y < upright.Height; y++)
        {
            var row = MemoryMarshal.Cast<byte, Bgr>(upright.Row(y));
            var line = isUpsideDown ? upright.Height - 1 - y : y;
            if (isTurned)
                for (int x = 0, at = line; x < row.Length; x++, at += Width) row[x] = source[at];
            else
                source.Slice(line * Width, Width).CopyTo(row);
            if (isMirrored) row.Reverse();
        }
        return upright;
    }
}
