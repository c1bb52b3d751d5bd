namespace Paa.Tests.Torch;

/// <summary>The modulated deformable convolution as its paper writes it: loops over plain arrays in double precision.</summary>
/// <param name="Channels">C of the input.</param>
/// <param name="Height">H of the input.</param>
/// <param name="Width">W of the input.</param>
/// <param name="OutChannels">D of the result.</param>
/// <param name="Kernel">Side of the kernel.</param>
/// <param name="Stride">Step.</param>
/// <param name="Groups">Groups of the weights.</param>
/// <param name="DeformGroups">Groups of the offsets.</param>
sealed record NaiveDeformableConvolution(
    int Channels, int Height, int Width, int OutChannels, int Kernel, int Stride, int Groups, int DeformGroups)
{
    public int Padding => Kernel / 2;
    public int OutHeight => (Height + 2 * Padding - Kernel) / Stride + 1;
    public int OutWidth => (Width + 2 * Padding - Kernel) / Stride + 1;
    public int Taps => Kernel * Kernel;

    /// <summary>One image, all arrays row-major.</summary>
    public double[] Apply(double[] input, double[] offsets, double[] mask, double[] weight, double[] bias)
    {
        var (inGroup, outGroup) = (Channels / Groups, OutChannels / Groups);
        var result = new double[OutChannels * OutHeight * OutWidth];
        for (var d = 0; d < OutChannels; d++)
            for (var i = 0; i < OutHeight; i++)
                for (var j = 0; j < OutWidth; j++)
                {
                    var sum = bias[d];
                    for (var c = 0; c < inGroup; c++)
                        for (var tap = 0; tap < Taps; tap++)
                        {
                            var channel = d / outGroup * inGroup + c;
                            var plane = channel / (Channels / DeformGroups) * Taps + tap;
                            var y = i * Stride - Padding + tap / Kernel + offsets[At(2 * plane, i, j)];
                            var x = j * Stride - Padding + tap % Kernel + offsets[At(2 * plane + 1, i, j)];
                            sum += weight[(d * inGroup + c) * Taps + tap] * mask[At(plane, i, j)] * Read(input, channel, y, x);
                        }
                    result[At(d, i, j)] = sum;
                }
        return result;

        int At(int plane, int i, int j) => (plane * OutHeight + i) * OutWidth + j;
    }

    /// <summary>The four neighbours by their distances; those outside count as zero.</summary>
    double Read(double[] input, int channel, double y, double x)
    {
        var (top, left) = ((int)Math.Floor(y), (int)Math.Floor(x));
        var sum = 0.0;
        for (var row = top; row <= top + 1; row++)
            for (var column = left; column <= left + 1; column++)
                if (row >= 0 && row < Height && column >= 0 && column < Width)
                    sum += (1 - Math.Abs(y - row)) * (1 - Math.Abs(x - column))
                        * input[(channel * Height + row) * Width + column];
        return sum;
    }
}
