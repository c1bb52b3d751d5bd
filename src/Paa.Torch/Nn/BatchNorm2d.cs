using Paa.Checkpoints;
using Paa.Torch.Distributed;
using Paa.Torch.Internals;

namespace Paa.Torch.Nn;

/// <summary>What a <see cref="BatchNorm2d"/> does while its network trains.</summary>
public enum BatchNormMode
{
    /// <summary>Normalises by the batch and updates the stored statistics; scale and shift are trained.</summary>
    Train,

    /// <summary>Normalises by the stored statistics, which stay; scale and shift are trained (MMDetection's norm_eval).</summary>
    Eval,

    /// <summary>Normalises by the stored statistics; nothing changes, and scale and shift have no gradient.</summary>
    Frozen,
}

/// <summary>Batch normalisation of each channel over images and positions, with PyTorch's names and defaults.</summary>
/// <remarks>Ioffe and Szegedy, ICML 2015. Starts as the identity: mean 0, variance 1, scale 1, shift 0.</remarks>
public sealed class BatchNorm2d : Module
{
    const double Momentum = 0.1;
    const double Epsilon = 1e-5;

    readonly Parameter _weight;
    readonly Parameter _bias;
    readonly Tensor _mean;
    readonly Tensor _variance;
    readonly Tensor _batchCount;
    BatchNormMode _mode;

    /// <summary>Adds weight, bias, running_mean, running_var and num_batches_tracked.</summary>
    /// <param name="path">Where they are named.</param>
    /// <param name="channels">Channels of the input, C.</param>
    public BatchNorm2d(ParameterPath path, int channels) : base(path)
    {
        path.AddParameter("weight", [channels], 1);
        path.AddParameter("bias", [channels]);
        _weight = path.Store[(path / "weight").Name];
        _bias = path.Store[(path / "bias").Name];
        _mean = path.AddBuffer("running_mean", [channels]);
        _variance = path.AddBuffer("running_var", [channels], value: 1);
        _batchCount = path.AddBuffer("num_batches_tracked", [], ScalarType.Int64);
    }

    /// <summary>Scale [C], held by the store.</summary>
    public Tensor Weight => _weight.Tensor;

    /// <summary>Shift [C], held by the store.</summary>
    public Tensor Bias => _bias.Tensor;

    /// <summary>What happens while the network trains. Outside of training the stored statistics are always used.</summary>
    public BatchNormMode Mode
    {
        get => _mode;
        set
        {
            _mode = value;
            _weight.IsTrainable = _bias.IsTrainable = value != BatchNormMode.Frozen;
        }
    }

    /// <summary>Whether the next call normalises by its own input.</summary>
    public bool UsesBatchStatistics => IsTraining && Mode == BatchNormMode.Train;

    /// <summary>Processes whose batches are normalised as one (synchronised batch norm); null: each its own. Borrowed.</summary>
    public ProcessGroup? Processes { get; set; }

    /// <summary>Normalises.</summary>
    /// <param name="input">[N, C, H, W]. Borrowed.</param>
    /// <returns>The same shape, owned.</returns>
    /// <exception cref="ShapeException">Training on one value a channel, whose variance does not exist.</exception>
    public Tensor Forward(Tensor input)
    {
        var training = UsesBatchStatistics;
        // A checkpointed segment sees each batch twice, but it is one batch: the stored statistics move at the first time.
        var momentum = ActivationCheckpoint.IsRecomputing ? 0 : Momentum;
        if (training && Processes is not null)
        {
            CountBatch();
            return ForwardSynchronised(Processes, input, momentum);
        }
        if (training)
        {
            if (input.Count == Weight.Count)
                throw new ShapeException($"{Path.Name}: batch statistics need more than one value a channel, got {input}.");
            CountBatch();
        }
        return Functional.BatchNorm(input, Weight, Bias, _mean, _variance, training, momentum, Epsilon);
    }

    void CountBatch()
    {
        if (!ActivationCheckpoint.IsRecomputing) _batchCount.AddInPlace(1);
    }

    Tensor ForwardSynchronised(ProcessGroup processes, Tensor input, double momentum)
    {
        Native.Check(
            Native.paa_sync_batch_norm(processes.Handle, input.Handle, Weight.Handle, Bias.Handle, _mean.Handle, _variance.Handle,
                momentum, Epsilon, out var result),
            $"{Path.Name}: synchronised batch norm of {input}");
        return new Tensor(result);
    }

    /// <summary>The norm by stored statistics as one product and one sum a channel: x * Scale + Shift. Gradients flow to weight
    /// and bias unless they are frozen.</summary>
    /// <returns>Scale = weight / sqrt(var + eps) and Shift = bias - mean * Scale, both [C], owned.</returns>
    public (Tensor Scale, Tensor Shift) Fold()
    {
        using var scope = new TensorScope();
        var scale = Weight * (_variance + Epsilon).ReciprocalSqrt();
        var shift = Bias - _mean * scale;
        return (scope.Keep(scale), scope.Keep(shift));
    }
}
