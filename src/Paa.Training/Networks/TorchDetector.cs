using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Training.Networks;

/// <summary>A detector's network on libtorch: its weights on a device, with gradients.</summary>
/// <remarks>Parameter names are those of MMDetection's <c>state_dict</c>. Dispose frees the weights.</remarks>
public sealed class TorchDetector : IDisposable
{
    readonly Dictionary<string, TorchLayer> _layers = [];

    /// <summary>Creates the weights, which still have to be loaded or initialised.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">Where its weights live.</param>
    public TorchDetector(PaaDetector network, Device device = default)
    {
        (Network, Device, Parameters) = (network, device, new ParameterStore(device));
        foreach (var layer in network.Layers.OfType<ConvolutionLayer>())
            _layers.Add(layer.Name, TorchLayer.Create(Parameters.Root, layer));
        foreach (var layer in network.Layers.OfType<ScaleLayer>())
            (Parameters.Root / layer.Name).AddParameter("scale", [], value: 1);
        foreach (var frozen in network.Parameters.Where(parameter => parameter is { IsBuffer: false, IsTrainable: false }))
            Parameters[frozen.Name].IsTrainable = false;
    }

    /// <summary>Describes and creates a detector.</summary>
    /// <param name="options">The network.</param>
    /// <param name="device">Where its weights live.</param>
    public TorchDetector(ModelOptions options, Device device = default) : this(new PaaDetector(options), device)
    {
    }

    /// <summary>The network without weights.</summary>
    public PaaDetector Network { get; }

    /// <summary>Where the weights live and images are expected.</summary>
    public Device Device { get; }

    /// <summary>All parameters and buffers, in the order of MMDetection's <c>state_dict</c>.</summary>
    public ParameterStore Parameters { get; }

    /// <summary>Random weights for training from scratch, as MMDetection initialises them.</summary>
    /// <param name="seed">Equal seeds give equal weights.</param>
    public void InitializeWeights(int seed)
    {
        using var generator = new Generator((ulong)seed, Device);
        foreach (var layer in Network.Layers.OfType<ConvolutionLayer>()) _layers[layer.Name].InitializeWeights(layer, generator);
    }

    /// <summary>Batch norm learns its statistics (where the options let it).</summary>
    public void Train() => Parameters.Train(true);

    /// <summary>Batch norm uses its stored statistics.</summary>
    public void Eval() => Parameters.Train(false);

    /// <summary>Runs the network.</summary>
    /// <param name="images">Normalised RGB, [N, 3, H, W], on <see cref="Device"/>. Borrowed.</param>
    /// <returns>Logits and deltas of every level, with a graph back to the weights. The caller owns them.</returns>
    public HeadOutputs<Tensor> Forward(Tensor images)
    {
        using var scope = new TensorScope();
        var pass = new TorchPass(Parameters, _layers, BlockedMaps.Suit(images));
        return Network.Forward(pass, new TorchMap(images)).Select(map => scope.Keep(map.Value));
    }

    /// <summary>Runs the network without recording gradients and brings its outputs to the host.</summary>
    /// <param name="images">Normalised RGB, [N, 3, H, W], on <see cref="Device"/>. Borrowed.</param>
    /// <returns>For each image the outputs of each level, ready for post-processing.</returns>
    public LevelOutput[][] Infer(Tensor images)
    {
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        var maps = Forward(images);
        var outputs = maps.Select(map => map.ToArray<float>());
        var imageCount = (int)images.Size(0);
        return [.. Enumerable.Range(0, imageCount).Select(image => maps.ClassLogits.Select((map, level) => new LevelOutput(
            Part(outputs.ClassLogits[level], image), Part(outputs.BoxDeltas[level], image), Part(outputs.IouLogits[level], image),
            new ImageSize(map.Height, map.Width))).ToArray())];

        ReadOnlyMemory<float> Part(float[] all, int image) =>
            all.AsMemory(all.Length / imageCount * image, all.Length / imageCount);
    }

    /// <summary>Lays the weights of all convolutions out with the channels side by side, as images of that layout want them.
    /// Values, names and checkpoints stay.</summary>
    public void UseChannelsLast()
    {
        foreach (var layer in Parameters.Modules.OfType<Convolution>()) layer.Weight.UseChannelsLast();
    }

    /// <summary>Copies the tensors of a file that fit into the weights.</summary>
    /// <param name="match">File and network compared.</param>
    public void Load(WeightMatch match)
    {
        foreach (var (name, tensor) in match.Fitting) tensor.CopyTo(Parameters[name].Tensor);
    }

    /// <summary>The weights and buffers, copied to the host, in the order of the <c>state_dict</c>.</summary>
    public StateDict ToStateDict()
    {
        var stateDict = new StateDict();
        foreach (var entry in Parameters.Entries) stateDict.Add(entry.Name, entry.Tensor.ToStored());
        return stateDict;
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => Parameters.Dispose();
}

/// <summary>A convolution with the norm behind it, as modules of libtorch.</summary>
/// <param name="Convolution">Plain or deformable.</param>
/// <param name="BatchNorm">Null for none.</param>
/// <param name="GroupNorm">Null for none.</param>
sealed record TorchLayer(Convolution Convolution, BatchNorm2d? BatchNorm, GroupNorm? GroupNorm)
{
    /// <summary>Adds the parameters of a layer.</summary>
    /// <param name="root">Of the network's parameters.</param>
    /// <param name="layer">The layer.</param>
    public static TorchLayer Create(ParameterPath root, ConvolutionLayer layer)
    {
        var path = root / layer.Name;
        var options = new ConvolutionOptions { Stride = layer.Stride, Groups = layer.Groups, HasBias = layer.HasBias };
        Convolution convolution = layer.Offsets is null
            ? new Conv2d(path, layer.InChannels, layer.OutChannels, layer.Kernel, options)
            : new ModulatedDeformConv2d(path, layer.InChannels, layer.OutChannels, layer.Kernel, options, layer.OffsetGroups);
        return layer.Norm switch
        {
            { Kind: NormKind.BN } norm => new(
                convolution, new BatchNorm2d(root / norm.Name, norm.Channels) { Mode = ModeOf(norm) }, null),
            { } norm => new(convolution, null, new GroupNorm(root / norm.Name, NormLayer.Groups, norm.Channels)),
            null => new(convolution, null, null),
        };
    }

    /// <summary>Random weights; a bias and the norm's scale begin as the layer says.</summary>
    public void InitializeWeights(ConvolutionLayer layer, Generator generator)
    {
        if (Convolution is ModulatedDeformConv2d deformable) deformable.InitializeWeights(generator);
        else
        {
            switch (layer.Initialization)
            {
                case WeightInitialization.KaimingNormal: Initialization.KaimingNormal(Convolution.Weight, generator); break;
                case WeightInitialization.XavierUniform: Initialization.XavierUniform(Convolution.Weight, generator); break;
                default: Initialization.Normal(Convolution.Weight, std: 0.01, generator); break;
            }
        }
        if (Convolution.Bias is { } bias) Initialization.Constant(bias, layer.InitialBias);
        if (layer.Norm is { InitialScale: not 1 } norm)
            Initialization.Constant((BatchNorm?.Weight ?? GroupNorm?.Weight)!, norm.InitialScale);
    }

    static BatchNormMode ModeOf(NormLayer norm) =>
        norm.IsFrozen ? BatchNormMode.Frozen : norm.KeepsStatistics ? BatchNormMode.Eval : BatchNormMode.Train;
}
