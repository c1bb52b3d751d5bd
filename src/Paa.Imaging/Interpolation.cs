namespace Paa.Imaging;

/// <summary>How pixels between pixels are computed when resizing. Values as in OpenCV's <c>InterpolationFlags</c>.</summary>
public enum Interpolation
{
    /// <summary>Bilinear in 11-bit fixed point; what detectors are trained with.</summary>
    Linear = 1,

    /// <summary>Mean over the covered area: the better choice for showing a much smaller copy to people.</summary>
    Area = 3,
}
