using Paa.Torch.Internals;

namespace Paa.Torch.Distributed;

/// <summary>Averages gradients over processes while the backward pass goes on: the <c>Reducer</c> of DistributedDataParallel.</summary>
/// <remarks>
/// Li et al., VLDB 2020. Gradients are collected in buckets; a full bucket is all-reduced while those of earlier layers are
/// still computed. Afterwards each gradient is a view of its bucket. Every parameter takes part in every backward pass.
/// Use: <see cref="PrepareForward"/>, forward pass, <see cref="PrepareBackward"/>, backward pass. A backward pass without
/// preparation only adds up this process's gradients; the next one with it averages the sum.
/// </remarks>
public sealed class GradientReducer : IDisposable
{
    /// <summary>PyTorch's size of the first bucket: small, so that the first message leaves early.</summary>
    public const long DefaultFirstBucketBytes = 1 << 20;

    /// <summary>PyTorch's size of the other buckets.</summary>
    public const long DefaultBucketBytes = 25 << 20;

    readonly ReducerHandle _handle;

    /// <summary>Hooks into the gradients of parameters. Every process gives the same ones in the same order.</summary>
    /// <param name="group">The processes. Borrowed; lives longer than this.</param>
    /// <param name="parameters">The weights that are trained. Borrowed.</param>
    /// <param name="bucketBytes">Size of a bucket.</param>
    /// <param name="firstBucketBytes">Size of the first bucket.</param>
    public unsafe GradientReducer(
        ProcessGroup group, IReadOnlyList<Tensor> parameters,
        long bucketBytes = DefaultBucketBytes, long firstBucketBytes = DefaultFirstBucketBytes)
    {
        var pointers = parameters.Select(parameter => parameter.Handle.DangerousGetHandle()).ToArray();
        fixed (nint* tensors = pointers)
        {
            Native.Check(
                Native.paa_reducer_create(
                    group.Handle, tensors, pointers.Length, Math.Min(firstBucketBytes, bucketBytes), bucketBytes, out var result),
                $"gradient reducer of {parameters.Count} parameters");
            _handle = new ReducerHandle(result);
        }
        GC.KeepAlive(parameters);
    }

    /// <summary>Bytes of each bucket, in the order in which they are reduced.</summary>
    public unsafe long[] BucketBytes
    {
        get
        {
            Native.Check(Native.paa_reducer_buckets(_handle, null, 0, out var count), "buckets of gradients");
            var bytes = new long[count];
            fixed (long* pointer = bytes) Native.Check(Native.paa_reducer_buckets(_handle, pointer, count, out _), "buckets of gradients");
            return bytes;
        }
    }

    /// <summary>Mean durations, of the first ten iterations and of every hundredth.</summary>
    public unsafe ReductionTimes Times
    {
        get
        {
            const double NanosecondsPerSecond = 1e9;
            var times = stackalloc long[4];
            Native.Check(Native.paa_reducer_times(_handle, times), "times of the gradient reducer");
            return new(TimeSpan.FromSeconds(times[0] / NanosecondsPerSecond), TimeSpan.FromSeconds(times[1] / NanosecondsPerSecond),
                TimeSpan.FromSeconds(times[2] / NanosecondsPerSecond), TimeSpan.FromSeconds(times[3] / NanosecondsPerSecond));
        }
    }

    /// <summary>Begins an iteration whose gradients will be averaged. After the first one it puts the buckets into the order in
    /// which gradients came.</summary>
    public void PrepareForward() => Native.Check(Native.paa_reducer_prepare_forward(_handle), "gradient reducer, forward pass");

    /// <summary>Makes the coming backward pass average.</summary>
    public void PrepareBackward() => Native.Check(Native.paa_reducer_prepare_backward(_handle), "gradient reducer, backward pass");

    /// <summary>Removes the hooks.</summary>
    public void Dispose() => _handle.Dispose();
}

/// <summary>Where the time of an iteration went.</summary>
/// <param name="Forward">Forward pass and loss.</param>
/// <param name="Backward">Backward pass until the last gradient.</param>
/// <param name="Communication">From the start of the first bucket's reduction to the end of the last.</param>
/// <param name="Overlap">The part of it that ran beside the backward pass.</param>
public readonly record struct ReductionTimes(TimeSpan Forward, TimeSpan Backward, TimeSpan Communication, TimeSpan Overlap);
