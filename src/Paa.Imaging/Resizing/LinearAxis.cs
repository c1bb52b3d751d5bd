namespace Paa.Imaging.Resizing;

/// <summary>Where the columns, or the rows, of a linearly resized image take their values from.</summary>
/// <remarks>
/// OpenCV's rules (<c>modules/imgproc/src/resize.cpp</c>): the centre of a new pixel is found in double precision and rounded to
/// single, from which come the pixel left of it and the fraction. Weights of 8-bit images are whole numbers of 1/2048.
/// </remarks>
sealed class LinearAxis
{
    /// <summary>A weight of 1 in fixed point.</summary>
    public const int One = 2048;

    LinearAxis(int target) =>
        (Left, Weights, Fixed) = (new int[target], new (float, float)[target], new (short, short)[target]);

    /// <summary>The first of the two source pixels; -1 where a row lies above the image.</summary>
    public int[] Left { get; }

    /// <summary>Weights of that pixel and of the next one.</summary>
    public (float Left, float Right)[] Weights { get; }

    /// <summary>The same in fixed point.</summary>
    public (short Left, short Right)[] Fixed { get; }

    /// <summary>Columns: outside the image the last one counts alone.</summary>
    public static LinearAxis Columns(int source, int target, bool byArea = false)
    {
        var axis = Rows(source, target, byArea);
        for (var i = 0; i < target; i++)
        {
            var left = axis.Left[i];
            if (left >= 0 && left < source - 1) continue;
            axis.Left[i] = Math.Clamp(left, 0, source - 1);
            axis.Weights[i] = (1, 0);
            axis.Fixed[i] = (One, 0);
        }
        return axis;
    }

    /// <summary>Rows: both may lie outside, where they stand for the outermost one.</summary>
    /// <param name="source">Rows of the source.</param>
    /// <param name="target">Rows of the resized image.</param>
    /// <param name="byArea">Weights by covered area, as OpenCV's area interpolation has them where an image grows.</param>
    public static LinearAxis Rows(int source, int target, bool byArea = false)
    {
        var axis = new LinearAxis(target);
        var inverse = (double)target / source;
        var scale = 1 / inverse;
        for (var i = 0; i < target; i++)
        {
            int left;
            float fraction;
            if (byArea)
            {
                left = (int)Math.Floor(i * scale);
                fraction = (float)(i + 1 - (left + 1) * inverse);
                fraction = fraction <= 0 ? 0 : fraction - MathF.Floor(fraction);
            }
            else
            {
                var position = (float)((i + 0.5) * scale - 0.5);
                left = (int)MathF.Floor(position);
                fraction = position - left;
            }
            axis.Left[i] = left;
            axis.Weights[i] = (1 - fraction, fraction);
            axis.Fixed[i] = ((short)MathF.Round((1 - fraction) * One), (short)MathF.Round(fraction * One));
        }
        return axis;
    }
}
