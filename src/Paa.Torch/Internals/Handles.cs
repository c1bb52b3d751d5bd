using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Paa.Torch.Internals;

/// <summary>The only holder of a pointer to a native tensor; releases it when disposed, or when collected as a last
/// resort.</summary>
/// <remarks>Passing it to a native call keeps the tensor alive for that call, even if another thread disposes it
/// meanwhile.</remarks>
sealed class TensorHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Stands for a tensor that is not given: a null pointer, never released.</summary>
    internal static readonly TensorHandle Missing = new(0);

    internal TensorHandle(nint tensor) : base(ownsHandle: true)
    {
        SetHandle(tensor);
        TensorTrace.Created(this);
    }

    protected override bool ReleaseHandle()
    {
        Native.paa_tensor_free(handle);
        TensorTrace.Released(this);
        return true;
    }
}

/// <summary>Records where each live tensor was created, with PAA_TRACE_TENSORS=1 in the environment. Slow: it is for finding
/// leaks, and the tests that count live tensors print it.</summary>
static class TensorTrace
{
    static readonly ConcurrentDictionary<TensorHandle, string>? Origins =
        Environment.GetEnvironmentVariable("PAA_TRACE_TENSORS") == "1" ? new() : null;

    internal static void Created(TensorHandle tensor)
    {
        if (Origins is not null && !tensor.IsInvalid) Origins[tensor] = Environment.StackTrace;
    }

    internal static void Released(TensorHandle tensor) => Origins?.TryRemove(tensor, out _);

    /// <summary>The creation stacks of live tensors, the most frequent first; null when tracing is off.</summary>
    internal static string? Describe() => Origins is null
        ? null
        : string.Join("\n", Origins.Values.CountBy(stack => stack).OrderByDescending(pair => pair.Value)
            .Select(pair => $"{pair.Value} tensors created\n{pair.Key}"));
}

/// <summary>Holds a native random generator.</summary>
sealed class GeneratorHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal GeneratorHandle(nint generator) : base(ownsHandle: true) => SetHandle(generator);

    protected override bool ReleaseHandle()
    {
        Native.paa_generator_free(handle);
        return true;
    }
}

/// <summary>Holds a native store.</summary>
sealed class StoreHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal StoreHandle(nint store) : base(ownsHandle: true) => SetHandle(store);

    protected override bool ReleaseHandle()
    {
        Native.paa_store_free(handle);
        return true;
    }
}

/// <summary>Holds a native process group. Releasing it waits for the work that it has begun.</summary>
sealed class GroupHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal GroupHandle(nint group) : base(ownsHandle: true) => SetHandle(group);

    protected override bool ReleaseHandle()
    {
        Native.paa_group_free(handle);
        return true;
    }
}

/// <summary>Holds a native gradient reducer.</summary>
sealed class ReducerHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal ReducerHandle(nint reducer) : base(ownsHandle: true) => SetHandle(reducer);

    protected override bool ReleaseHandle()
    {
        Native.paa_reducer_free(handle);
        return true;
    }
}
