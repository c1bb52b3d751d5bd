using Paa.Boxes;

namespace Paa.Inference;

/// <summary>The network of a detector, ready to run on images, by whichever engine.</summary>
public interface IDetectorNetwork : IDisposable
{
    /// <summary>Runs the network.</summary>
    /// <param name="pixels">Normalised RGB, [images, 3, H, W] in row order.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="size">H and W.</param>
    /// <returns>For each image the outputs of each level, finest first.</returns>
    LevelOutput[][] Infer(ReadOnlySpan<float> pixels, int images, ImageSize size);
}
