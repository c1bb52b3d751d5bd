using Paa.Dnn.Internals;

namespace Paa.Dnn;

/// <summary>What the plans of one network share: weights, working memory and the number of threads.</summary>
/// <remarks>An engine and its plans serve one thread at a time. Dispose frees the weights; plans still alive keep them.</remarks>
public sealed class DnnEngine : IDisposable
{
    readonly EngineHandle _handle;

    /// <summary>Creates an engine without weights.</summary>
    /// <param name="threads">Threads that compute a layer, at least 1.</param>
    /// <exception cref="DnnException">The native library is missing, or there are no threads.</exception>
    public DnnEngine(int threads)
    {
        Native.Check(Native.paa_dnn_engine_create(threads, out var engine));
        _handle = new EngineHandle(engine);
    }

    /// <summary>Version of oneDNN and the instruction set it uses.</summary>
    /// <exception cref="DnnException">The native library is missing.</exception>
    public static string Versions => Native.Versions();

    /// <summary>Whether the processor, as oneDNN uses it, multiplies 8-bit integers without saturating (VNNI or AMX).</summary>
    /// <exception cref="DnnException">The native library is missing.</exception>
    public static bool HasInt8 => Native.paa_dnn_has_int8() != 0;

    /// <summary>Bytes of weights, in all the layouts that are in use.</summary>
    public long WeightBytes => Memory().Weights;

    /// <summary>Bytes of working memory: what the largest plan that ran needs.</summary>
    public long WorkingBytes => Memory().Working;

    /// <summary>Copies the weights of a convolution into the engine.</summary>
    /// <param name="values">[outputs, inputs / groups, kernel, kernel] in row order.</param>
    /// <param name="bias">[outputs]; empty for none.</param>
    /// <param name="outputs">Channels of the result.</param>
    /// <param name="inputs">Channels of the input, of all groups.</param>
    /// <param name="kernel">Side of the kernel.</param>
    /// <param name="groups">Groups that are convolved apart.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public unsafe ConvolutionWeights AddWeights(
        ReadOnlySpan<float> values, ReadOnlySpan<float> bias, int outputs, int inputs, int kernel, int groups = 1)
    {
        CheckLengths(values.Length, bias.Length, outputs, inputs, kernel, groups);
        fixed (float* first = values, firstBias = bias)
        {
            Native.Check(Native.paa_dnn_engine_add_weights(
                _handle, first, firstBias, outputs, inputs, groups, kernel, out var id));
            return new ConvolutionWeights(id);
        }
    }

    /// <summary>Copies 8-bit weights of a convolution into the engine; that of output o is <c>values * scales[o]</c>.</summary>
    /// <param name="values">[outputs, inputs / groups, kernel, kernel] in row order.</param>
    /// <param name="scales">[outputs], above 0.</param>
    /// <param name="bias">[outputs], in real numbers; empty for none.</param>
    /// <param name="outputs">Channels of the result.</param>
    /// <param name="inputs">Channels of the input, of all groups.</param>
    /// <param name="kernel">Side of the kernel.</param>
    /// <param name="groups">Groups that are convolved apart.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="DnnException">A scale is not above 0.</exception>
    public unsafe ConvolutionWeights AddInt8Weights(
        ReadOnlySpan<sbyte> values, ReadOnlySpan<float> scales, ReadOnlySpan<float> bias,
        int outputs, int inputs, int kernel, int groups = 1)
    {
        CheckLengths(values.Length, bias.Length, outputs, inputs, kernel, groups);
        if (scales.Length != outputs)
            throw new ArgumentException($"DnnEngine.AddInt8Weights: {outputs} scales expected, got {scales.Length}.");
        fixed (sbyte* first = values)
        fixed (float* firstScale = scales, firstBias = bias)
        {
            Native.Check(Native.paa_dnn_engine_add_int8_weights(
                _handle, first, firstScale, firstBias, outputs, inputs, groups, kernel, out var id));
            return new ConvolutionWeights(id);
        }
    }

    static void CheckLengths(int values, int biases, int outputs, int inputs, int kernel, int groups)
    {
        var expected = (long)outputs * (inputs / Math.Max(1, groups)) * kernel * kernel;
        if (values != expected || (biases != 0 && biases != outputs))
            throw new ArgumentException($"DnnEngine.AddWeights: {expected} weights and {outputs} or no biases expected, got "
                + $"{values} and {biases}.");
    }

    /// <summary>Begins a network for a number of images.</summary>
    /// <param name="batch">Images of every run, at least 1.</param>
    /// <returns>The caller owns it.</returns>
    public DnnPlan CreatePlan(int batch)
    {
        Native.Check(Native.paa_dnn_plan_create(_handle, batch, out var plan));
        return new DnnPlan(new PlanHandle(plan, _handle), batch);
    }

    /// <summary>Frees weights and working memory, when the last plan is gone.</summary>
    public void Dispose() => _handle.Dispose();

    (long Weights, long Working) Memory()
    {
        Native.Check(Native.paa_dnn_engine_memory(_handle, out var weights, out var working));
        return (weights, working);
    }
}

/// <summary>Weights that an engine holds; made by <see cref="DnnEngine.AddWeights"/> and good for every plan of that
/// engine.</summary>
public readonly record struct ConvolutionWeights
{
    internal ConvolutionWeights(int id) => Id = id;

    internal int Id { get; }
}

/// <summary>A network cannot be compiled or run: what was wrong, in oneDNN's or the library's own words.</summary>
/// <param name="message">The reason.</param>
/// <param name="inner">The cause, if it is an exception.</param>
public sealed class DnnException(string message, Exception? inner = null) : Exception(message, inner);
