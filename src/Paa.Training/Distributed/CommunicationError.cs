using Paa.Torch;

namespace Paa.Training.Distributed;

/// <summary>Tells errors of the network between processes from others. libtorch throws one type for all, so the words decide.</summary>
static class CommunicationError
{
    static readonly string[] Words =
        ["gloo", "NCCL", "ProcessGroup", "timed out", "timeout", "connection", "broken pipe", "socket", "monitoredBarrier", "failed to recv"];

    /// <summary>Whether an error came from another process's silence rather than from this one's work.</summary>
    public static bool Is(Exception error) => error is TorchException
        && Array.Exists(Words, word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
