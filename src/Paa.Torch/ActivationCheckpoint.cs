using System.Runtime.InteropServices;
using System.Text;
using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>Trades time for memory in training: a segment of a network keeps only its input, and is run again in the backward
/// pass.</summary>
/// <remarks>Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016; PyTorch's
/// <c>torch.utils.checkpoint</c>.</remarks>
public static unsafe class ActivationCheckpoint
{
    [ThreadStatic] static bool _isRecomputing;

    /// <summary>Whether a segment runs on this thread for the second time: what counts batches does nothing then.</summary>
    public static bool IsRecomputing => _isRecomputing;

    /// <summary>Runs a segment. Outside of recording (<see cref="NoGrad"/>) that is all.</summary>
    /// <param name="segment">One tensor to another of the same kind; gives the same result each time. Its parameters get their
    /// gradients. Called once more in the backward pass, perhaps on another thread.</param>
    /// <param name="input">What it is called with. Borrowed, kept for the backward pass.</param>
    /// <returns>The segment's result, owned.</returns>
    /// <exception cref="TorchException">The segment threw; the message is that of its exception.</exception>
    public static Tensor Run(Func<Tensor, Tensor> segment, Tensor input)
    {
        if (!NoGrad.IsRecording) return segment(input);
        var state = GCHandle.ToIntPtr(GCHandle.Alloc(segment));
        Native.Check(Native.paa_checkpoint(input.Handle, &Call, state, &Release, out var result), "ActivationCheckpoint");
        return new Tensor(result);
    }

    [UnmanagedCallersOnly]
    static int Call(nint state, nint input, nint* output, byte* message, int capacity)
    {
        var before = _isRecomputing;
        try
        {
            _isRecomputing = before || NoGrad.IsRecording;
            using var scope = new TensorScope();
            Native.Check(Native.paa_tensor_alias(input, out var alias), "ActivationCheckpoint: input");
            var segment = (Func<Tensor, Tensor>)GCHandle.FromIntPtr(state).Target!;
            var result = segment(new Tensor(alias));
            Native.Check(Native.paa_tensor_alias(result.Handle, out *output), "ActivationCheckpoint: result");
            return 0;
        }
        catch (Exception error)       // no exception may cross into the library that calls: it becomes one there
        {
            Encoding.UTF8.GetEncoder().Convert(
                $"{error.Message}\0", new Span<byte>(message, capacity - 1), flush: true, out _, out _, out _);
            return 1;
        }
        finally
        {
            _isRecomputing = before;
        }
    }

    [UnmanagedCallersOnly]
    static void Release(nint state) => GCHandle.FromIntPtr(state).Free();
}
