namespace Paa.Checkpoints;

/// <summary>The two formats of <c>torch.save</c>.</summary>
public enum TorchFileFormat
{
    /// <summary>Of PyTorch 1.6 and later: a zip archive.</summary>
    Zip,

    /// <summary>Of earlier ones: pickles in a row, then the elements. Every PyTorch reads it.</summary>
    Legacy,
}
