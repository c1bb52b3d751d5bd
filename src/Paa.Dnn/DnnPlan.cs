using Paa.Dnn.Internals;

namespace Paa.Dnn;

/// <summary>A network for one input size: recorded layer by layer, compiled once, run often.</summary>
/// <remarks>Layers run in the order in which they were recorded. Dispose frees the plan, not the engine's weights.</remarks>
public sealed class DnnPlan : IDisposable
{
    readonly PlanHandle _handle;
    readonly List<DnnMap> _outputs = [];
    readonly int _batch;
    long _inputLength;
    int _inputChannels;

    internal DnnPlan(PlanHandle handle, int batch) => (_handle, _batch) = (handle, batch);

    /// <summary>The input, recorded first.</summary>
    /// <param name="channels">C.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public DnnMap Input(int channels, int height, int width)
    {
        Native.Check(Native.paa_dnn_plan_input(_handle, channels, height, width, out var id));
        _inputChannels = channels;
        _inputLength = (long)_batch * channels * height * width;
        return new DnnMap(id, channels, height, width);
    }

    /// <summary>act(convolution + bias + residual).</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weights">Of C inputs.</param>
    /// <param name="stride">Step.</param>
    /// <param name="padding">Zeros around the input.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="residual">Added before that; of the result's shape.</param>
    public DnnMap Convolution(
        DnnMap input, ConvolutionWeights weights, int stride = 1, int padding = 0, bool relu = false, DnnMap? residual = null)
    {
        Native.Check(Native.paa_dnn_plan_convolution(
            _handle, input.Id, weights.Id, stride, padding, residual?.Id ?? -1, relu ? 1 : 0, out var id));
        return Map(id);
    }

    /// <summary>Group norm with a gain and a shift a channel (Wu and He, ECCV 2018).</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="groups">A divisor of C.</param>
    /// <param name="gain">[C].</param>
    /// <param name="shift">[C].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    public unsafe DnnMap GroupNorm(
        DnnMap input, int groups, ReadOnlySpan<float> gain, ReadOnlySpan<float> shift, float epsilon = 1e-5f, bool relu = false)
    {
        if (gain.Length != input.Channels || shift.Length != input.Channels)
            throw new ArgumentException(
                $"DnnPlan.GroupNorm: {input.Channels} gains and shifts expected, got {gain.Length}, {shift.Length}.");
        fixed (float* gains = gain, shifts = shift)
        {
            Native.Check(Native.paa_dnn_plan_group_norm(
                _handle, input.Id, groups, epsilon, gains, shifts, relu ? 1 : 0, out var id));
            return Map(id);
        }
    }

    /// <summary>The largest value of each window; padding does not count.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="kernel">Side of the window.</param>
    /// <param name="stride">Step.</param>
    /// <param name="padding">Positions around the input, fewer than the kernel.</param>
    public DnnMap MaxPool(DnnMap input, int kernel, int stride, int padding)
    {
        Native.Check(Native.paa_dnn_plan_max_pool(_handle, input.Id, kernel, stride, padding, out var id));
        return Map(id);
    }

    /// <summary>Another size, by nearest neighbours.</summary>
    /// <param name="input">[N, C, any, any].</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="width">Columns of the result.</param>
    public DnnMap Resize(DnnMap input, int height, int width)
    {
        Native.Check(Native.paa_dnn_plan_resize(_handle, input.Id, height, width, out var id));
        return Map(id);
    }

    /// <summary>act(first + second).</summary>
    /// <param name="first">[N, C, H, W].</param>
    /// <param name="second">[N, C, H, W].</param>
    /// <param name="relu">Whether negative results become 0.</param>
    public DnnMap Add(DnnMap first, DnnMap second, bool relu = false)
    {
        Native.Check(Native.paa_dnn_plan_add(_handle, first.Id, second.Id, relu ? 1 : 0, out var id));
        return Map(id);
    }

    /// <summary>Lets a map be kept in 8 bits, where all that read it take integers.</summary>
    /// <param name="map">What <see cref="MaxPool"/> and <see cref="Resize"/> make of it later has the same scale.</param>
    /// <param name="scale">What an integer of 1 stands for, above 0.</param>
    /// <param name="isSigned">Integers of -127 to 127, else 0 to 255. What lies beyond is clipped.</param>
    /// <exception cref="DnnException">The scale is not above 0.</exception>
    public void Quantize(DnnMap map, float scale, bool isSigned) =>
        Native.Check(Native.paa_dnn_plan_quantize(_handle, map.Id, scale, isSigned ? 1 : 0));

    /// <summary>
    /// Lets a convolution with 8-bit weights read the input as integers <c>value * multipliers[c] + offsets[c]</c>, 0 to 255. Its
    /// weights and bias are for the integers themselves; its padding stands for values of 0.
    /// </summary>
    /// <param name="multipliers">[C], above 0.</param>
    /// <param name="offsets">[C].</param>
    public unsafe void QuantizeInput(ReadOnlySpan<float> multipliers, ReadOnlySpan<float> offsets)
    {
        if (multipliers.Length != _inputChannels || offsets.Length != _inputChannels)
            throw new ArgumentException($"DnnPlan.QuantizeInput: {_inputChannels} multipliers and offsets expected, "
                + $"got {multipliers.Length}, {offsets.Length}.");
        fixed (float* firstMultiplier = multipliers, firstOffset = offsets)
            Native.Check(Native.paa_dnn_plan_quantize_input(_handle, firstMultiplier, firstOffset));
    }

    /// <summary>Counts the values of a map in every run, for <see cref="Observed"/>.</summary>
    public void Observe(DnnMap map) => Native.Check(Native.paa_dnn_plan_observe(_handle, map.Id));

    /// <summary>What was counted in the runs so far.</summary>
    /// <exception cref="DnnException">The map is not observed, or the plan has not run.</exception>
    public unsafe MapStatistics Observed(DnnMap map)
    {
        var (bins, means) = (new long[MapStatistics.BinCount], new double[map.Channels]);
        fixed (long* firstBin = bins)
        fixed (double* firstMean = means)
        {
            Native.Check(Native.paa_dnn_plan_observed(_handle, map.Id, firstBin, out var limit, out var least, firstMean));
            return new MapStatistics(bins, limit, least, means);
        }
    }

    /// <summary>Makes a map the next output.</summary>
    public void Output(DnnMap map)
    {
        Native.Check(Native.paa_dnn_plan_output(_handle, map.Id));
        _outputs.Add(map);
    }

    /// <summary>Chooses kernels, lays out the working memory and converts the weights. Nothing can be recorded
    /// afterwards.</summary>
    public void Compile() => Native.Check(Native.paa_dnn_plan_compile(_handle));

    /// <summary>Runs the network.</summary>
    /// <param name="input">[N, C, H, W] in row order.</param>
    /// <returns>Each output, [N, C, H, W] in row order, in the order of <see cref="Output"/>.</returns>
    /// <exception cref="ArgumentException">The input has another length.</exception>
    public unsafe float[][] Run(ReadOnlySpan<float> input)
    {
        if (input.Length != _inputLength)
            throw new ArgumentException($"DnnPlan.Run: an input of {_inputLength} numbers expected, got {input.Length}.");
        float[][] outputs = [.. _outputs.Select(map =>
            GC.AllocateUninitializedArray<float>(checked(_batch * map.Channels * map.Height * map.Width)))];
        var pins = Array.ConvertAll(outputs, static output => output.AsMemory().Pin());
        try
        {
            var targets = stackalloc float*[outputs.Length];
            for (var i = 0; i < outputs.Length; i++) targets[i] = (float*)pins[i].Pointer;
            fixed (float* pixels = input) Native.Check(Native.paa_dnn_plan_run(_handle, pixels, targets));
        }
        finally
        {
            foreach (ref var pin in pins.AsSpan()) pin.Dispose();
        }
        return outputs;
    }

    /// <summary>Frees the plan.</summary>
    public void Dispose() => _handle.Dispose();

    unsafe DnnMap Map(int id)
    {
        var shape = stackalloc int[4];
        Native.Check(Native.paa_dnn_plan_shape(_handle, id, shape));
        return new DnnMap(id, shape[1], shape[2], shape[3]);
    }
}

/// <summary>A map between two layers of a plan; it has values only while the plan runs.</summary>
public readonly record struct DnnMap
{
    internal DnnMap(int id, int channels, int height, int width) => (Id, Channels, Height, Width) = (id, channels, height, width);

    internal int Id { get; }

    /// <summary>Channels, C.</summary>
    public int Channels { get; }

    /// <summary>Rows, H.</summary>
    public int Height { get; }

    /// <summary>Columns, W.</summary>
    public int Width { get; }
}

/// <summary>The values of a map over all the runs of a plan.</summary>
/// <param name="Bins">How many absolute values lie in each of <see cref="BinCount"/> equal parts of [0, limit).</param>
/// <param name="Limit">Above every absolute value; 0 if all are 0.</param>
/// <param name="Least">The smallest value, or 0 if all are above.</param>
/// <param name="Means">The mean of each channel.</param>
public sealed record MapStatistics(long[] Bins, float Limit, float Least, double[] Means)
{
    /// <summary>Parts into which the absolute values are counted.</summary>
    public const int BinCount = 2048;
}
