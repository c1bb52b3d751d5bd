using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Inference;
using Paa.Training.Losses;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>The detector: backbone, neck and head, with the loss that trains them.</summary>
/// <remarks>Parameter names are those of MMDetection's <c>state_dict</c>. Dispose frees the weights.</remarks>
public sealed class PaaDetector : IDisposable
{
    readonly PaaHead _head;
    readonly PaaLoss _loss;

    /// <summary>Creates the network on a device; its weights still have to be loaded or initialised.</summary>
    /// <param name="options">The network.</param>
    /// <param name="device">Where its weights live.</param>
    public PaaDetector(ModelOptions options, Device device = default)
    {
        Options = options;
        Device = device;
        Parameters = new ParameterStore(device);
        Backbone = new ResNet(Parameters.Root / "backbone", options.Backbone);
        Neck = new FeaturePyramid(Parameters.Root / "neck", Backbone.Channels.AsSpan(1), options.Neck); // C3..C5
        _head = new PaaHead(Parameters.Root / "bbox_head", options.Neck.Channels, options.Head);
        _loss = new PaaLoss(options);
        AnchorGenerator = new AnchorGenerator(options.Head.Anchors);
    }

    /// <summary>What the network was built from.</summary>
    public ModelOptions Options { get; }

    /// <summary>Where the weights live and images are expected.</summary>
    public Device Device { get; }

    /// <summary>All parameters and buffers, in the order of MMDetection's <c>state_dict</c>.</summary>
    public ParameterStore Parameters { get; }

    /// <summary>Anchors for any input size.</summary>
    public AnchorGenerator AnchorGenerator { get; }

    /// <summary>Image to stages.</summary>
    internal ResNet Backbone { get; }

    /// <summary>Stages to pyramid levels.</summary>
    internal FeaturePyramid Neck { get; }

    /// <summary>Random weights for training from scratch, as MMDetection initialises them.</summary>
    /// <param name="seed">Equal seeds give equal weights.</param>
    public void InitializeWeights(int seed)
    {
        TorchRuntime.ManualSeed((ulong)seed);
        Backbone.InitializeWeights();
        Neck.InitializeWeights();
        _head.InitializeWeights();
    }

    /// <summary>Batch norm learns its statistics (where the options let it) and gradients are recorded.</summary>
    public void Train() => Parameters.Train(true);

    /// <summary>Batch norm uses its stored statistics.</summary>
    public void Eval() => Parameters.Train(false);

    /// <summary>Runs the network.</summary>
    /// <param name="images">Normalised RGB, [N, 3, H, W], on <see cref="Device"/>. Borrowed.</param>
    /// <returns>Logits and deltas of every level. The caller owns them.</returns>
    public HeadOutputs Forward(Tensor images)
    {
        using var scope = new TensorScope();
        var levels = Neck.Forward(Backbone.Forward(images).AsSpan(1));
        var outputs = _head.Forward(levels);
        scope.Keep(outputs.ClassLogits);
        scope.Keep(outputs.BoxDeltas);
        scope.Keep(outputs.IouLogits);
        return outputs;
    }

    /// <summary>Lets the losses be normalised by averages over the processes of a run instead of by this process's own counts.</summary>
    /// <param name="average">Averages a tensor over the processes.</param>
    internal void AverageNormalizers(Func<Tensor, Tensor> average) => _loss.ProcessAverage = average;

    /// <summary>Runs the network and scores it against the truth.</summary>
    /// <param name="images">Normalised RGB, [N, 3, H, W], on <see cref="Device"/>. Borrowed.</param>
    /// <param name="grid">Anchors of that size, from <see cref="AnchorGenerator"/>.</param>
    /// <param name="targets">N targets.</param>
    /// <param name="precision">Type in which the network's convolutions compute, by autocast; null: single precision. Assignment and losses
    /// are in single precision either way.</param>
    /// <returns>Scalars with a graph back to the weights. The caller owns them.</returns>
    public PaaLosses Loss(Tensor images, AnchorGrid grid, IReadOnlyList<ImageTargets> targets, ScalarType? precision = null)
    {
        using var scope = new TensorScope();
        HeadOutputs outputs;
        using (precision is { } type ? new Autocast(Device, type) : null) outputs = Forward(images);
        var losses = _loss.Forward(precision is null ? outputs : outputs.To(ScalarType.Float32), grid, targets);
        foreach (var loss in (Tensor[])[losses.Classification, losses.BoxRegression, losses.IouPrediction, losses.IouSum])
            scope.Keep(loss);
        return losses;
    }

    /// <summary>Lays the weights of all convolutions out with the channels side by side, as images of that layout want them. Values, names
    /// and checkpoints stay.</summary>
    public void UseChannelsLast()
    {
        foreach (var layer in Parameters.Modules.OfType<Convolution>()) layer.Weight.UseChannelsLast();
    }

    /// <summary>Makes the assignment's losses by tensors even where the host could read the outputs: what happens on CUDA, for tests.</summary>
    internal void ComputeCandidateLossesOnDevice() => _loss.IsHostUsed = false;

    /// <summary>Runs the network without recording gradients and brings its outputs to the host.</summary>
    /// <param name="images">Normalised RGB, [N, 3, H, W], on <see cref="Device"/>. Borrowed.</param>
    /// <returns>For each image the outputs of each level, ready for post-processing.</returns>
    public LevelOutput[][] Infer(Tensor images)
    {
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        var outputs = Forward(images);
        var result = new LevelOutput[(int)images.Size(0)][];
        for (var i = 0; i < result.Length; i++) result[i] = new LevelOutput[outputs.ClassLogits.Length];
        for (var level = 0; level < outputs.ClassLogits.Length; level++)
        {
            var (classLogits, deltas, ious) = (outputs.ClassLogits[level], outputs.BoxDeltas[level], outputs.IouLogits[level]);
            var size = new ImageSize((int)classLogits.Size(2), (int)classLogits.Size(3));
            var (allClasses, allDeltas, allIous) = (classLogits.ToArray<float>(), deltas.ToArray<float>(), ious.ToArray<float>());
            for (var i = 0; i < result.Length; i++)
                result[i][level] = new LevelOutput(Part(allClasses, i), Part(allDeltas, i), Part(allIous, i), size);
        }
        return result;

        ReadOnlyMemory<float> Part(float[] all, int image)
        {
            var length = all.Length / result.Length;
            return all.AsMemory(image * length, length);
        }
    }

    /// <summary>Records the network into a plan, with two outputs a level; see <see cref="PaaHead.Record"/>.</summary>
    /// <param name="recorder">Over an empty plan.</param>
    /// <param name="size">Height and width of the input.</param>
    internal void Record(LayerRecorder recorder, ImageSize size)
    {
        var stages = Backbone.Record(recorder, recorder.Input(channels: 3, size.Height, size.Width));
        _head.Record(recorder, Neck.Record(recorder, stages.AsSpan(1)));
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => Parameters.Dispose();
}
