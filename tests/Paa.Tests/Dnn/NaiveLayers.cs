namespace Paa.Tests.Dnn;

/// <summary>Layers as their formulas say, in double precision.</summary>
static class NaiveLayers
{
    public static double[] Convolution(float[] x, int images, int inputs, int height, int width, float[] weights, float[] bias,
        int outputs, int kernel, int stride, int padding, int groups)
    {
        var (rows, columns) = ((height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1);
        var (groupInputs, groupOutputs) = (inputs / groups, outputs / groups);
        var result = new double[images * outputs * rows * columns];
        for (var i = 0; i < result.Length; i++)
        {
            var (column, row) = (i % columns, i / columns % rows);
            var (output, image) = (i / (columns * rows) % outputs, i / (columns * rows * outputs));
            double sum = bias[output];
            for (var c = 0; c < groupInputs; c++)
                for (var dy = 0; dy < kernel; dy++)
                    for (var dx = 0; dx < kernel; dx++)
                    {
                        var (y, z) = (row * stride - padding + dy, column * stride - padding + dx);
                        if (y < 0 || y >= height || z < 0 || z >= width) continue;
                        var input = output / groupOutputs * groupInputs + c;
                        sum += (double)x[((image * inputs + input) * height + y) * width + z]
                            * weights[((output * groupInputs + c) * kernel + dy) * kernel + dx];
                    }
            result[i] = sum;
        }
        return result;
    }

    public static double[] GroupNorm(float[] x, int images, int channels, int plane, int groups, float[] gain, float[] shift)
    {
        const double epsilon = 1e-5;
        var size = channels / groups * plane;
        var result = new double[x.Length];
        for (var start = 0; start < images * channels * plane; start += size)
        {
            var group = x.AsSpan(start, size).ToArray();
            var mean = group.Average(value => (double)value);
            var deviation = Math.Sqrt(group.Average(value => Math.Pow(value - mean, 2)) + epsilon);
            for (var i = 0; i < size; i++)
            {
                var channel = (start + i) / plane % channels;
                result[start + i] = (group[i] - mean) / deviation * gain[channel] + shift[channel];
            }
        }
        return result;
    }
}
