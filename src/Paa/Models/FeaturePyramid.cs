using Paa.Options;

namespace Paa.Models;

/// <summary>Feature pyramid: turns backbone stages C3..C5 into levels P3, P4, ... of equal width.</summary>
/// <remarks>
/// Lin et al., CVPR 2017, section 3: 1x1 laterals, top-down sum, 3x3 output. Levels above P5 are strided 3x3 convolutions
/// on the level below, without a ReLU between (<c>add_extra_convs: on_output</c>).
/// </remarks>
sealed class FeaturePyramid
{
    readonly ConvolutionLayer[] _laterals;
    readonly ConvolutionLayer[] _outputs;

    /// <summary>Describes the pyramid.</summary>
    /// <param name="path">Its place, <c>neck</c> in a detector.</param>
    /// <param name="stageChannels">Channels of C3..C5.</param>
    /// <param name="options">Width and number of levels.</param>
    public FeaturePyramid(string path, ReadOnlySpan<int> stageChannels, FeaturePyramidOptions options)
    {
        var width = options.Channels;
        _laterals = new ConvolutionLayer[stageChannels.Length];
        for (var i = 0; i < _laterals.Length; i++)
            _laterals[i] = Layer(new($"{path}.lateral_convs.{i}.conv", stageChannels[i], width, Kernel: 1));
        _outputs = [.. Enumerable.Range(0, options.LevelCount).Select(i => Layer(
            new($"{path}.fpn_convs.{i}.conv", width, width, Kernel: 3) { Stride = i < _laterals.Length ? 1 : 2 }))];

        static ConvolutionLayer Layer(ConvolutionLayer layer) =>
            layer with { Initialization = WeightInitialization.XavierUniform };
    }

    /// <summary>All layers, in the order of the <c>state_dict</c>.</summary>
    public IEnumerable<ConvolutionLayer> Layers => _laterals.Concat(_outputs);

    /// <summary>Builds the levels.</summary>
    /// <param name="engine">What computes.</param>
    /// <param name="stages">C3..C5, each [N, C_i, H/s_i, W/s_i] with strides s = 8, 16, 32.</param>
    /// <returns>P3, P4, ..., finest first, each [N, width, H/s_i, W/s_i].</returns>
    /// <exception cref="ArgumentException">The number of stages is not the number of laterals.</exception>
    public TMap[] Forward<TMap>(INetworkEngine<TMap> engine, ReadOnlySpan<TMap> stages) where TMap : class
    {
        if (stages.Length != _laterals.Length)
            throw new ArgumentException($"FeaturePyramid: {_laterals.Length} backbone stages expected, got {stages.Length}.");
        var levels = new TMap[_outputs.Length];
        TMap? above = null;                                 // merged map one level coarser
        for (var i = _laterals.Length - 1; i >= 0; i--)   // coarsest first: each level feeds the finer one
        {
            var enlarged = above is null ? null : engine.Upsample(above, stages[i]);
            above = engine.Convolution(_laterals[i], stages[i], residual: enlarged);
            levels[i] = engine.Convolution(_outputs[i], above);
        }
        for (var i = _laterals.Length; i < levels.Length; i++) levels[i] = engine.Convolution(_outputs[i], levels[i - 1]);
        return levels;
    }
}
