using Paa.Options;
using Paa.Torch;
using Paa.Torch.Distributed;
using Paa.Torch.Nn;
using Paa.Training.Distributed;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>
/// Trains one network on several processes, each with its part of the batch, as PyTorch's DistributedDataParallel does.
/// </summary>
/// <remarks>
/// All processes begin with the weights of the main one. Gradients are averaged during the backward pass
/// (<see cref="GradientReducer"/>), so all processes make the same update. Trained batch norm takes its statistics from the whole
/// batch. In the profile <c>original</c> the normalisers of the losses are averaged over the processes; in MMDetection each
/// process uses its own.
/// </remarks>
sealed class DataParallel : IDisposable
{
    readonly GradientReducer _reducer;

    /// <summary>Copies the weights of the main process to all processes, and connects their gradients.</summary>
    /// <param name="detector">The network; only that of the main process needs weights. Borrowed.</param>
    /// <param name="world">At least two processes. Borrowed.</param>
    /// <param name="bucketBytes">Size of the buckets in which gradients are exchanged, in bytes.</param>
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

    /// <summary>Averages a normaliser of the losses over the processes; null if each process uses its own.</summary>
    internal Func<Tensor, Tensor>? NormalizerAverage { get; }

    /// <summary>Bytes of gradients averaged per step.</summary>
    public long GradientBytes => _reducer.BucketBytes.Sum();

    /// <summary>Bytes of each bucket.</summary>
    public IReadOnlyList<long> BucketBytes => _reducer.BucketBytes;

    /// <summary>Times of the phases of a step.</summary>
    public ReductionTimes Times => _reducer.Times;

    /// <summary>Call before the forward pass.</summary>
    /// <param name="isUpdate">Whether the weights change after this step; otherwise gradients are only accumulated.</param>
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
