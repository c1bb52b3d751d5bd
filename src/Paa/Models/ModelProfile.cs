using Paa.Boxes;

namespace Paa.Models;

/// <summary>Size and work of a detector for one image, part by part.</summary>
/// <param name="Input">Size of the image that enters the network.</param>
/// <param name="Parts">Stem and stages of the backbone, neck, head.</param>
public sealed record ModelProfile(ImageSize Input, IReadOnlyList<PartProfile> Parts)
{
    /// <summary>The sums over all parts.</summary>
    public PartProfile Total => new(
        "total", Parts.Sum(part => part.Parameters), Parts.Sum(part => part.TrainableParameters),
        Parts.Sum(part => part.MultiplyAdds), Parts.Sum(part => part.Activations));
}
