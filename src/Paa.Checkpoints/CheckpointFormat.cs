namespace Paa.Checkpoints;

/// <summary>Formats that checkpoints are converted to.</summary>
public enum CheckpointFormat
{
    /// <summary><c>.pth</c> of PyTorch 1.6 and later.</summary>
    Zip,

    /// <summary><c>.pth</c> that every PyTorch reads, as MMDetection's published files are.</summary>
    Legacy,

    /// <summary>Tensors and texts only.</summary>
    Safetensors,
}
