using Paa.Options;
using Paa.Torch;
using Paa.Torch.Distributed;
using Paa.Torch.Nn;
using Paa.Training.Distributed;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>One network on several processes, each with its own part of the batch, as PyTorch's
/// DistributedDataParallel.</summary>
/// <remarks>
/// All processes begin with the weights of the main one. Gradients are averaged while the backward pass goes on
/// (<see cref="GradientReducer"/>), so that all processes make the same step. Batch norm that is trained takes its statistics
/// from the whole batch. In the profile <c>original</c> the normalisers of the losses are averages over the processes; in
/// MMDetection each process has its own.
/// </remarks>
sealed class DataParallel : IDisposable
{
    readonly GradientReducer _reducer;

    /// <summary>Gives all processes the weights of the main one, and connects their gradients.</summary>
    /// <param name="detector">The network; only the main process's needs weights. Borrowed.</param>
    /// <param name="world">At least two processes. Borrowed.</param>
    /// <param name="bucketBytes">Size of the buckets in which gradients travel.</param>
    public DataParallel(TorchDetector detector, World world, long bucketBytes = GradientReducer.DefaultBucketBytes)
    {
        var group = world.GroupFor(detector.Device);
        using (var scope = new TensorScope())
        {
            foreach (var entry in detector.Parameters.Entries) group.Broadcast(entry.Tensor.Detach());
        }
        foreach (var norm in detector.Parameters.Modules.OfType<BatchNorm2d>()) norm.Processes = group;
        if (detector.Network.Options.Profile == SemanticsProfile.Original) NormalizerAverage = world.Average;
        var trained = detector.Parameters.Parameters.Where(parameter => parameter.IsTrainable);
        _reducer = new GradientReducer(group, [.. trained.Select(parameter => parameter.Tensor)], bucketBytes);
    }

    /// <summary>Averages a normaliser of the losses over the processes; null: each process has its own.</summary>
    internal Func<Tensor, Tensor>? NormalizerAverage { get; }

    /// <summary>Bytes of gradients that are averaged in a step.</summary>
    public long GradientBytes => _reducer.BucketBytes.Sum();

    /// <summary>Bytes of each bucket.</summary>
    public IReadOnlyList<long> BucketBytes => _reducer.BucketBytes;

    /// <summary>Where the time of a step goes.</summary>
    public ReductionTimes Times => _reducer.Times;

    /// <summary>Call before the forward pass.</summary>
    /// <param name="isUpdate">Whether the weights change after this step; the gradients of others are only added up.</param>
    public void BeforeForward(bool isUpdate = true)
    {
        if (isUpdate) _reducer.PrepareForward();
    }

    /// <summary>Call between forward and backward pass.</summary>
    /// <param name="isUpdate">As for <see cref="BeforeForward"/>.</param>
    public void BeforeBackward(bool isUpdate = true)
    {
        if (isUpdate) _reducer.PrepareBackward();
    }

    /// <summary>Disconnects the gradients.</summary>
    public void Dispose() => _reducer.Dispose();
}
