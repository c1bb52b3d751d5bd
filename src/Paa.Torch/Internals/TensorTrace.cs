using System.Collections.Concurrent;

namespace Paa.Torch.Internals;

/// <summary>With PAA_TRACE_TENSORS=1: where each tensor that is still alive was created. For finding leaks; slow.</summary>
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
