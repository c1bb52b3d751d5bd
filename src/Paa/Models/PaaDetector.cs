using Paa.Boxes;
using Paa.Options;

namespace Paa.Models;

/// <summary>The detector's network: backbone, neck and head, described once for all that compute it.</summary>
/// <remarks>
/// It has no weights: a checkpoint gives them to the engine that runs it, training holds them beside it. Parameter names are
/// those of MMDetection's <c>state_dict</c>. Immutable, and thread-safe with it.
/// </remarks>
public sealed class PaaDetector
{
    readonly ResNet _backbone;
    readonly FeaturePyramid _neck;
    readonly PaaHead _head;

    /// <summary>Describes a detector.</summary>
    /// <param name="options">The network.</param>
    public PaaDetector(ModelOptions options)
    {
        Options = options;
        _backbone = new ResNet("backbone", options.Backbone);
        _neck = new FeaturePyramid("neck", _backbone.StageChannels.AsSpan(1), options.Neck); // C3..C5
        _head = new PaaHead("bbox_head", options.Neck.Channels, options.Head);
        Layers = [.. _backbone.Layers, .. _neck.Layers, .. _head.Layers];
        Parameters = [.. Layers.SelectMany(layer => layer.Parameters)];
        AnchorGenerator = new AnchorGenerator(options.Head.Anchors);
    }

    /// <summary>What the network was described by.</summary>
    public ModelOptions Options { get; }

    /// <summary>All layers with parameters, in the order of MMDetection's <c>state_dict</c>.</summary>
    public IReadOnlyList<NetworkLayer> Layers { get; }

    /// <summary>All parameters and buffers, in the order of MMDetection's <c>state_dict</c>.</summary>
    public IReadOnlyList<ParameterSpec> Parameters { get; }

    /// <summary>Anchors for any input size.</summary>
    public AnchorGenerator AnchorGenerator { get; }

    /// <summary>Runs the network.</summary>
    /// <param name="engine">What computes.</param>
    /// <param name="images">Normalised RGB, [N, 3, H, W].</param>
    /// <returns>Logits and deltas of every level.</returns>
    public HeadOutputs<TMap> Forward<TMap>(INetworkEngine<TMap> engine, TMap images) where TMap : class
    {
        var stages = engine.Part(image => _backbone.Forward(engine, image[0])[1..], [images]);      // C3..C5
        var levels = engine.Part(maps => _neck.Forward<TMap>(engine, maps), stages);                // P3..P7
        return _head.Forward<TMap>(engine, levels);
    }
}
