using Paa.Dnn;
using Paa.Quantization;
using Paa.Torch;

namespace Paa.Models;

/// <summary>An engine with the weights of a network: each handed over once, whatever the number of plans.</summary>
/// <remarks>Dispose frees them.</remarks>
sealed class EngineWeights : IDisposable
{
    readonly Dictionary<(string Name, bool IsInt8), ConvolutionWeights> _known = [];

    /// <summary>Where plans are made.</summary>
    public DnnEngine Engine { get; } = new(TorchRuntime.ThreadCount);

    /// <summary>The weights of a layer.</summary>
    /// <param name="name">Of the layer.</param>
    /// <param name="make">Brings them to the host, when they are first asked for.</param>
    /// <param name="groups">Groups that are convolved apart.</param>
    /// <param name="quantization">Steps of its integers; null: in single precision.</param>
    /// <param name="image">The integers of the input, if that is what the layer reads in integers.</param>
    public ConvolutionWeights Of(
        string name, Func<FoldedLayer> make, int groups, LayerQuantization? quantization, ImageQuantization? image = null)
    {
        var key = (name, quantization is not null);
        if (_known.TryGetValue(key, out var own)) return own;
        var layer = make();
        if (quantization is not null && image is not null) layer = layer.ForIntegers(image);
        own = quantization is null
            ? Engine.AddWeights(layer.Weights, layer.Bias, layer.Outputs, layer.Inputs, layer.Kernel, groups)
            : Engine.AddInt8Weights(quantization.Round(layer.Weights), quantization.Steps, quantization.Correct(layer.Bias),
                layer.Outputs, layer.Inputs, layer.Kernel, groups);
        _known.Add(key, own);
        return own;
    }

    /// <summary>Frees the weights, when the last plan is gone.</summary>
    public void Dispose() => Engine.Dispose();
}
