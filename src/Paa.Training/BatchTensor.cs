using Paa.Data;
using Paa.Imaging;
using Paa.Torch;

namespace Paa.Training;

/// <summary>Brings a batch to the device.</summary>
static class BatchTensor
{
    /// <summary>The pixels, [N, 3, Height, Width]. The caller or the current scope owns them.</summary>
    public static Tensor ToTensor(this Batch batch, Device device) =>
        Tensor.Upload(batch.Pixels, device, batch.Images.Count, Image.Channels, batch.Size.Height, batch.Size.Width);
}
