using Paa.Boxes;

namespace Paa.Models;

/// <summary>Size and work of a part of a network, for one image.</summary>
/// <param name="Name">Its path: <c>backbone.layer1</c>.</param>
/// <param name="Parameters">Numbers that are weights, frozen ones too; no buffers.</param>
/// <param name="TrainableParameters">Those that training changes.</param>
/// <param name="MultiplyAdds">Multiply-accumulates of the convolutions; each is two floating-point operations. Norms, ReLUs and
/// the reading of a deformable convolution are not counted, as is usual.</param>
/// <param name="Activations">Numbers in the results of all convolutions (Radosavovic et al., CVPR 2020, section 3).</param>
public sealed record PartProfile(string Name, long Parameters, long TrainableParameters, long MultiplyAdds, long Activations)
{
    /// <summary>Bytes of the activations in single precision: about what training keeps for the backward pass.</summary>
    public long ActivationBytes => Activations * sizeof(float);
}

/// <summary>Size and work of a detector for one image, part by part.</summary>
/// <param name="Input">Size of the image that enters the network.</param>
/// <param name="Parts">Stem and stages of the backbone, neck, head.</param>
public sealed record ModelProfile(ImageSize Input, IReadOnlyList<PartProfile> Parts)
{
    /// <summary>The sums over all parts.</summary>
    public PartProfile Total => new(
        "total", Parts.Sum(part => part.Parameters), Parts.Sum(part => part.TrainableParameters),
        Parts.Sum(part => part.MultiplyAdds), Parts.Sum(part => part.Activations));

    /// <summary>Runs a network on shapes alone; nothing is computed, and no weights are needed.</summary>
    /// <param name="detector">The network.</param>
    /// <param name="input">Size of the padded image.</param>
    public static ModelProfile Measure(PaaDetector detector, ImageSize input)
    {
        var engine = new ShapeEngine();
        detector.Forward(engine, new ShapeMap(Channels: 3, input));
        var weights = detector.Parameters.Where(parameter => !parameter.IsBuffer).ToLookup(parameter => PartOf(parameter.Name));
        var parts = engine.Convolutions.GroupBy(work => PartOf(work.Layer.Name));
        return new ModelProfile(input, [.. parts.Select(part => new PartProfile(part.Key,
            weights[part.Key].Sum(weight => weight.Count),
            weights[part.Key].Where(weight => weight.IsTrainable).Sum(weight => weight.Count),
            part.Sum(work => work.Layer.WeightCount * work.Output.Size.Area),
            part.Sum(work => (long)work.Output.Channels * work.Output.Size.Area)))]);
    }

    /// <summary>A stage of the backbone, its stem, the neck or the head.</summary>
    static string PartOf(string name) => name.Split('.') switch
    {
        ["backbone", var stage, ..] when stage.StartsWith("layer", StringComparison.Ordinal) => $"backbone.{stage}",
        ["backbone", ..] => "backbone.stem",
        [var part, ..] => part,
        [] => name,
    };
}

/// <summary>The shape of a map of one image.</summary>
/// <param name="Channels">C.</param>
/// <param name="Size">H and W.</param>
sealed record ShapeMap(int Channels, ImageSize Size);

/// <summary>Computes no values, only the shapes of all maps, and remembers every convolution.</summary>
sealed class ShapeEngine : INetworkEngine<ShapeMap>
{
    readonly List<(ConvolutionLayer Layer, ShapeMap Output)> _convolutions = [];

    /// <summary>Every use of a convolution, in order.</summary>
    public IReadOnlyList<(ConvolutionLayer Layer, ShapeMap Output)> Convolutions => _convolutions;

    /// <inheritdoc/>
    public ShapeMap Convolution(ConvolutionLayer layer, ShapeMap x, bool relu = false, ShapeMap? residual = null)
    {
        if (layer.Offsets is { } offsets) Convolution(offsets, x);
        var output = new ShapeMap(layer.OutChannels, Slide(x.Size, layer.Kernel, layer.Stride, layer.Padding));
        _convolutions.Add((layer, output));
        return output;
    }

    /// <inheritdoc/>
    public (ShapeMap First, ShapeMap Second) ConvolutionPair(
        ConvolutionLayer first, ScaleLayer factor, ConvolutionLayer second, ShapeMap x) =>
        (Convolution(first, x), Convolution(second, x));

    /// <inheritdoc/>
    public ShapeMap MaxPool(string name, ShapeMap x, int kernel, int stride, int padding) =>
        x with { Size = Slide(x.Size, kernel, stride, padding) };

    /// <inheritdoc/>
    public ShapeMap Upsample(ShapeMap x, ShapeMap like) => x with { Size = like.Size };

    /// <summary>Positions of a window that slides over a padded map.</summary>
    static ImageSize Slide(ImageSize input, int kernel, int stride, int padding) =>
        new((input.Height + 2 * padding - kernel) / stride + 1, (input.Width + 2 * padding - kernel) / stride + 1);
}
