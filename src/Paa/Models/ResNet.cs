using Paa.Dnn;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>A residual network: image to the stages C2..C5 with strides 4, 8, 16, 32.</summary>
/// <remarks>
/// He et al., CVPR 2016, and Xie et al., CVPR 2017, in the variant of torchvision (<c>style: pytorch</c>); parameter names are
/// torchvision's.
/// </remarks>
public sealed class ResNet : Module
{
    readonly BackboneOptions _options;

    /// <summary>Creates the network; its weights still have to be loaded or initialised.</summary>
    /// <param name="path">Its place, <c>backbone</c> in a detector.</param>
    /// <param name="options">Depth, width, norm and what is frozen.</param>
    public ResNet(ParameterPath path, BackboneOptions options) : base(path)
    {
        _options = options;
        var channels = options.BaseChannels;
        var stemNorm = options.Norm == NormKind.BN ? "bn1" : "gn1";
        Stem = new ConvNorm(path / "conv1", path / stemNorm, options.Norm, inChannels: 3, channels, kernel: 7, stride: 2);

        var (blocks, expansion) = Layout(options.Depth);
        var stages = new ResidualBlock[blocks.Length][];
        Stages = stages;
        Channels = new int[blocks.Length];
        var inChannels = channels;
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            stages[stage] = new ResidualBlock[blocks[stage]];
            for (var block = 0; block < blocks[stage]; block++)
            {
                var stride = block == 0 && stage > 0 ? 2 : 1;
                var place = path / $"layer{stage + 1}.{block}";
                stages[stage][block] = expansion == 1
                    ? new BasicBlock(place, options.Norm, inChannels, channels << stage, stride)
                    : new Bottleneck(place, options, stage, inChannels, stride);
                inChannels = (channels << stage) * expansion;
            }
            Channels[stage] = inChannels;
        }
        Freeze();
    }

    /// <summary>Channels of C2..C5.</summary>
    public int[] Channels { get; }

    /// <summary>The 7x7 convolution, before the max pool.</summary>
    internal ConvNorm Stem { get; }

    /// <summary>Blocks of C2..C5.</summary>
    internal IReadOnlyList<ResidualBlock[]> Stages { get; }

    /// <summary>Depths that exist: blocks of each stage, and output channels in multiples of the inner ones.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No ResNet has this depth.</exception>
    public static (int[] Blocks, int Expansion) Layout(int depth) => depth switch
    {
        18 => ([2, 2, 2, 2], 1),
        34 => ([3, 4, 6, 3], 1),
        50 => ([3, 4, 6, 3], Bottleneck.Expansion),
        101 => ([3, 4, 23, 3], Bottleneck.Expansion),
        152 => ([3, 8, 36, 3], Bottleneck.Expansion),
        _ => throw new ArgumentOutOfRangeException(
            nameof(depth), depth, "ResNet: depth must be 18, 34, 50, 101 or 152"),
    };

    /// <summary>Computes the stages.</summary>
    /// <param name="images">Normalised RGB, [N, 3, H, W]. Borrowed.</param>
    /// <returns>C2..C5, each [N, Channels[i], H / s, W / s] with s = 4, 8, 16, 32. The caller owns them.</returns>
    public Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();
        var x = Stem.Forward(images, relu: true);                     // [N, base, H/2, W/2]
        x = Functional.MaxPool2d(x, kernel: 3, stride: 2, padding: 1); // [N, base, H/4, W/4]
        var stages = new Tensor[Stages.Count];
        for (var i = 0; i < stages.Length; i++)
        {
            var keepsInputsOnly = _options.ActivationCheckpointing && i >= _options.FrozenStages;
            foreach (var block in Stages[i]) x = keepsInputsOnly ? ActivationCheckpoint.Run(block.Forward, x) : block.Forward(x);
            stages[i] = x;
        }
        return scope.Keep(stages);
    }

    /// <summary>Records what <see cref="Forward"/> computes.</summary>
    internal DnnMap[] Record(LayerRecorder recorder, DnnMap images)
    {
        var x = recorder.MaxPool((Path / "maxpool").Name, Stem.Record(recorder, images, relu: true), kernel: 3, stride: 2, padding: 1);
        return [.. Stages.Select(stage => x = stage.Aggregate(x, (map, block) => block.Record(recorder, map)))];
    }

    /// <summary>Random weights for training from scratch: He's normal for convolutions, each block starts as the identity.</summary>
    internal void InitializeWeights()
    {
        foreach (var layer in Layers)
            if (layer.Convolution is ModulatedDeformConv2d deformable) deformable.InitializeWeights();
            else Initialization.KaimingNormal(layer.Weight);
        if (_options.Pretrained is null)
            foreach (var block in Stages.SelectMany(stage => stage)) Initialization.Constant(block.Layers[^1].Gain, 0);
    }

    IEnumerable<ConvNorm> Layers => Path.Store.Modules.OfType<ConvNorm>().Where(layer => IsBelow(layer.Path.Name, Path.Name));

    /// <summary>Frozen stages do not train; batch norm keeps its statistics where the options say so.</summary>
    void Freeze()
    {
        List<string> frozen = [.. Enumerable.Range(1, Math.Max(0, _options.FrozenStages)).Select(stage => $"layer{stage}")];
        if (_options.FrozenStages >= 0) frozen.AddRange(["conv1", "bn1", "gn1"]);
        foreach (var parameter in Path.Store.Parameters.Where(p => IsFrozen(p.Name))) parameter.IsTrainable = false;
        foreach (var norm in Layers.Select(layer => layer.BatchNorm).OfType<BatchNorm2d>())
            if (IsFrozen(norm.Path.Name)) norm.Mode = BatchNormMode.Frozen;
            else if (_options.NormEval) norm.Mode = BatchNormMode.Eval;

        bool IsFrozen(string name) => frozen.Any(part => IsBelow(name, (Path / part).Name));
    }

    static bool IsBelow(string name, string path) => name == path || name.StartsWith(path + ".", StringComparison.Ordinal);
}
