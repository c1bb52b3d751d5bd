using Paa.Options;

namespace Paa.Models;

/// <summary>A residual network: image to the stages C2..C5 with strides 4, 8, 16, 32.</summary>
/// <remarks>
/// He et al., CVPR 2016, and Xie et al., CVPR 2017, in the variant of torchvision (<c>style: pytorch</c>, the stride of a
/// bottleneck is in its 3x3 convolution); parameter names are torchvision's.
/// </remarks>
sealed class ResNet
{
    /// <summary>Output channels of a bottleneck in multiples of its inner channels.</summary>
    const int Expansion = 4;

    readonly string _path;
    readonly BackboneOptions _options;
    readonly ConvolutionLayer _stem;
    readonly ResidualBlock[][] _stages;

    /// <summary>Describes the network.</summary>
    /// <param name="path">Its place, <c>backbone</c> in a detector.</param>
    /// <param name="options">Depth, width, norm and what is frozen.</param>
    public ResNet(string path, BackboneOptions options)
    {
        (_path, _options) = (path, options);
        _stem = Normalized(
            new($"{path}.conv1", 3, options.BaseChannels, Kernel: 7) { Stride = 2 }, path, index: 1, frozenFrom: 0);

        var (blockCounts, isBottleneck) = Layout(options.Depth);
        _stages = new ResidualBlock[blockCounts.Length][];
        StageChannels = new int[blockCounts.Length];
        var inChannels = options.BaseChannels;
        for (var stage = 0; stage < blockCounts.Length; stage++)
        {
            _stages[stage] = new ResidualBlock[blockCounts[stage]];
            for (var block = 0; block < blockCounts[stage]; block++)
            {
                var stride = block == 0 && stage > 0 ? 2 : 1;
                var place = $"{path}.layer{stage + 1}.{block}";
                _stages[stage][block] = isBottleneck
                    ? Bottleneck(place, stage, inChannels, stride)
                    : BasicBlock(place, stage, inChannels, stride);
                inChannels = _stages[stage][block].Branch[^1].OutChannels;
            }
            StageChannels[stage] = inChannels;
        }
    }

    /// <summary>Channels of C2..C5.</summary>
    public int[] StageChannels { get; }

    /// <summary>All layers, in the order of the <c>state_dict</c>.</summary>
    public IEnumerable<ConvolutionLayer> Layers =>
        [_stem, .. _stages.SelectMany(stage => stage).SelectMany(block => block.Layers)];

    /// <summary>Depths that exist: blocks of each stage, and whether they are bottlenecks.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No ResNet has this depth.</exception>
    public static (int[] Blocks, bool IsBottleneck) Layout(int depth) => depth switch
    {
        18 => ([2, 2, 2, 2], false),
        34 => ([3, 4, 6, 3], false),
        50 => ([3, 4, 6, 3], true),
        101 => ([3, 4, 23, 3], true),
        152 => ([3, 8, 36, 3], true),
        _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "ResNet: depth must be 18, 34, 50, 101 or 152"),
    };

    /// <summary>Computes the stages.</summary>
    /// <param name="engine">What computes.</param>
    /// <param name="images">Normalised RGB, [N, 3, H, W].</param>
    /// <returns>C2..C5, each [N, StageChannels[i], H / s, W / s] with s = 4, 8, 16, 32.</returns>
    public TMap[] Forward<TMap>(INetworkEngine<TMap> engine, TMap images) where TMap : class
    {
        var x = engine.Convolution(_stem, images, relu: true);                                       // [N, base, H/2, W/2]
        x = engine.MaxPool($"{_path}.maxpool", x, kernel: 3, stride: 2, padding: 1);                // [N, base, H/4, W/4]
        var stages = new TMap[_stages.Length];
        for (var i = 0; i < stages.Length; i++)
        {
            var recompute = _options.ActivationCheckpointing && i >= _options.FrozenStages;
            foreach (var block in _stages[i]) x = engine.Part(map => block.Forward(engine, map), x, recompute);
            stages[i] = x;
        }
        return stages;
    }

    /// <summary>Two 3x3 convolutions: the block of ResNet-18 and 34.</summary>
    ResidualBlock BasicBlock(string path, int stage, int inChannels, int stride)
    {
        var channels = _options.BaseChannels << stage;
        return Block(path, stage, inChannels, stride,
            new($"{path}.conv1", inChannels, channels, Kernel: 3) { Stride = stride },
            new($"{path}.conv2", channels, channels, Kernel: 3));
    }

    /// <summary>1x1, 3x3 and 1x1 convolution: the block of ResNet-50 and deeper. In a ResNeXt the 3x3 is wider and has groups; it
    /// may be deformable in both.</summary>
    ResidualBlock Bottleneck(string path, int stage, int inChannels, int stride)
    {
        var groups = _options.Kind == BackboneKind.ResNeXt ? _options.Groups : 1;
        var channels = _options.BaseChannels << stage;
        var width = groups == 1 ? channels : (_options.BaseWidth << stage) * groups; // MMDetection: one group is a plain ResNet
        var spatial = new ConvolutionLayer($"{path}.conv2", width, width, Kernel: 3) { Stride = stride, Groups = groups };
        if (_options.DeformableStages[stage] && _options.Deformable is { } deformable)
            spatial = spatial.Deform(deformable.OffsetGroups);
        return Block(path, stage, inChannels, stride,
            new($"{path}.conv1", inChannels, width, Kernel: 1),
            spatial,
            new($"{path}.conv3", width, channels * Expansion, Kernel: 1));
    }

    ResidualBlock Block(string path, int stage, int inChannels, int stride, params ConvolutionLayer[] branch)
    {
        for (var i = 0; i < branch.Length; i++) branch[i] = Normalized(branch[i], path, index: i + 1, frozenFrom: stage + 1);
        if (_options.Pretrained is null) branch[^1] = branch[^1] with { Norm = branch[^1].Norm! with { InitialScale = 0 } };
        var outChannels = branch[^1].OutChannels;
        var projection = stride == 1 && inChannels == outChannels ? null : new ConvolutionLayer(
            $"{path}.downsample.0", inChannels, outChannels, Kernel: 1)
        { Stride = stride };
        return new(branch, projection is null ? null : Normalized(projection, $"{path}.downsample.1", frozenFrom: stage + 1));
    }

    /// <summary>A convolution with its norm, which is called <c>bn1</c> or <c>gn1</c>, as in MMDetection.</summary>
    ConvolutionLayer Normalized(ConvolutionLayer layer, string path, int index, int frozenFrom) =>
        Normalized(layer, $"{path}.{(_options.Norm == NormKind.BN ? "bn" : "gn")}{index}", frozenFrom);

    /// <summary>A convolution with its norm; both do not train if that many stages or more are frozen.</summary>
    ConvolutionLayer Normalized(ConvolutionLayer layer, string norm, int frozenFrom)
    {
        var isFrozen = _options.FrozenStages >= frozenFrom;
        return layer with
        {
            HasBias = false,
            IsFrozen = isFrozen,
            Offsets = layer.Offsets is { } offsets ? offsets with { IsFrozen = isFrozen } : null,
            Norm = new(norm, _options.Norm, layer.OutChannels)
            {
                IsFrozen = isFrozen,
                KeepsStatistics = _options.NormEval,
            },
        };
    }

    /// <summary>A branch of convolutions, added to the block's input.</summary>
    /// <param name="Branch">In order; a ReLU follows each but the last.</param>
    /// <param name="Projection">Of the input, where its shape changes; null: the input itself is added.</param>
    sealed record ResidualBlock(ConvolutionLayer[] Branch, ConvolutionLayer? Projection)
    {
        public IEnumerable<ConvolutionLayer> Layers => Projection is null ? Branch : [.. Branch, Projection];

        /// <summary>relu(branch(x) + x), with x projected where the shape changes.</summary>
        public TMap Forward<TMap>(INetworkEngine<TMap> engine, TMap x) where TMap : class
        {
            var inner = x;
            foreach (var layer in Branch[..^1]) inner = engine.Convolution(layer, inner, relu: true);
            var shortcut = Projection is null ? x : engine.Convolution(Projection, x);
            return engine.Convolution(Branch[^1], inner, relu: true, residual: shortcut);
        }
    }
}
