namespace Paa.Imaging;

/// <summary>What a file may ask for. Checked on the header, before memory for pixels is taken.</summary>
public sealed record ImageLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Largest height times width. A pixel takes three bytes, and a few more while it is decoded.</summary>
    public long MaxPixels { get; init; } = 100_000_000;

    /// <summary>Largest file in bytes.</summary>
    public long MaxFileBytes { get; init; } = 512L << 20;
}
