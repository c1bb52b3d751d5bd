namespace Paa.Inference;

/// <summary>What computes a network in inference.</summary>
public enum InferenceEngine
{
    /// <summary>oneDNN for a network on the CPU that can be compiled, else libtorch.</summary>
    Auto,

    /// <summary>A plan compiled for each input size, on oneDNN: the fastest on a CPU.</summary>
    OneDnn,

    /// <summary>libtorch, as in training.</summary>
    Torch,
}
