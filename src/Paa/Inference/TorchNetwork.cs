using Paa.Boxes;
using Paa.Imaging;
using Paa.Models;
using Paa.Torch;

namespace Paa.Inference;

/// <summary>A network run by libtorch, on any device and with whatever layers. May be used from several threads at once.</summary>
sealed class TorchNetwork(PaaDetector detector) : IDetectorNetwork
{
    /// <inheritdoc/>
    public LevelOutput[][] Infer(ReadOnlySpan<float> pixels, int images, ImageSize size)
    {
        using var scope = new TensorScope();
        return detector.Infer(Tensor.From(pixels, images, Image.Channels, size.Height, size.Width).To(detector.Device));
    }

    /// <summary>The detector is only borrowed: nothing is freed.</summary>
    public void Dispose()
    {
    }
}
