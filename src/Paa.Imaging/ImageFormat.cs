namespace Paa.Imaging;

/// <summary>File formats that are read. Values as in <c>native/image/paa_image.h</c>.</summary>
public enum ImageFormat
{
    /// <summary>JPEG: baseline and progressive, grey, YCbCr, RGB, CMYK and YCCK.</summary>
    Jpeg = 1,

    /// <summary>PNG of any depth; 16 bits are cut to the upper 8.</summary>
    Png = 2,

    /// <summary>Windows and OS/2 bitmaps.</summary>
    Bmp = 3,

    /// <summary>WebP, lossy and lossless; animations are refused.</summary>
    WebP = 4,

    /// <summary>TIFF and BigTIFF; the first page.</summary>
    Tiff = 5,
}
