using Paa.Boxes;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>Counts what a detector costs, from the shapes of its convolutions; nothing is computed.</summary>
public sealed class ModelProfiler
{
    const string Neck = "neck";
    const string Head = "bbox_head";

    readonly PaaDetector _detector;
    readonly OrderedDictionary<string, (long MultiplyAdds, long Activations)> _work = [];

    ModelProfiler(PaaDetector detector) => _detector = detector;

    /// <summary>Profiles one image.</summary>
    /// <param name="detector">May be on <see cref="Torch.Device.Meta"/>.</param>
    /// <param name="input">Size of the padded image.</param>
    public static ModelProfile Measure(PaaDetector detector, ImageSize input)
    {
        var profiler = new ModelProfiler(detector);
        var stages = profiler.CountBackbone(input);
        var levels = profiler.CountNeck(stages[1..]);
        profiler.CountHead(levels);
        return new ModelProfile(input, [.. profiler._work.Select(part => profiler.Describe(part.Key))]);
    }

    ImageSize[] CountBackbone(ImageSize image)
    {
        var backbone = _detector.Backbone;
        var size = Add("backbone.stem", backbone.Stem.Convolution, image);
        size = Shrink(size, kernel: 3, stride: 2, padding: 1);                       // max pool
        var stages = new ImageSize[backbone.Stages.Count];
        for (var stage = 0; stage < stages.Length; stage++)
        {
            var part = $"backbone.layer{stage + 1}";
            foreach (var block in backbone.Stages[stage])
            {
                if (block.Projection is { } projection) Add(part, projection.Convolution, size);
                foreach (var layer in block.Layers) size = Add(part, layer.Convolution, size);
            }
            stages[stage] = size;
        }
        return stages;
    }

    List<ImageSize> CountNeck(ImageSize[] stages)
    {
        var neck = _detector.Neck;
        var levels = new List<ImageSize>();
        for (var i = 0; i < neck.Outputs.Count; i++)
        {
            if (i < stages.Length) Add(Neck, neck.Laterals[i], stages[i]);
            levels.Add(Add(Neck, neck.Outputs[i], i < stages.Length ? stages[i] : levels[^1]));
        }
        return levels;
    }

    /// <summary>All convolutions of the head run on every level.</summary>
    void CountHead(List<ImageSize> levels)
    {
        var convolutions = _detector.Parameters.Modules.OfType<Convolution>()
            .Where(layer => IsBelow(layer.Path.Name, Head)).ToList();
        var ofDeformable = convolutions.OfType<ModulatedDeformConv2d>().Select(layer => layer.Offsets).ToHashSet<Convolution>();
        foreach (var level in levels)
            foreach (var layer in convolutions.Where(layer => !ofDeformable.Contains(layer))) Add(Head, layer, level);
    }

    /// <summary>Counts a convolution, and the one that gives its offsets if it is deformable.</summary>
    /// <returns>Size of its result.</returns>
    ImageSize Add(string part, Convolution layer, ImageSize input)
    {
        if (layer is ModulatedDeformConv2d deformable) Add(part, deformable.Offsets, input);
        var output = Shrink(input, layer.Weight.Width, layer.Stride, layer.Padding);
        var (multiplyAdds, activations) = _work.TryGetValue(part, out var before) ? before : default;
        _work[part] = (multiplyAdds + layer.Weight.Count * output.Area, activations + layer.Weight.Size(0) * output.Area);
        return output;
    }

    static ImageSize Shrink(ImageSize input, int kernel, int stride, int padding) =>
        new((input.Height + 2 * padding - kernel) / stride + 1, (input.Width + 2 * padding - kernel) / stride + 1);

    PartProfile Describe(string part)
    {
        var weights = _detector.Parameters.Parameters.Where(parameter => PartOf(parameter.Name) == part).ToList();
        var trainable = weights.Where(weight => weight.IsTrainable).Sum(weight => weight.Tensor.Count);
        var (multiplyAdds, activations) = _work[part];
        return new PartProfile(part, weights.Sum(weight => weight.Tensor.Count), trainable, multiplyAdds, activations);
    }

    string PartOf(string name) =>
        _work.Keys.FirstOrDefault(part => IsBelow(name, part)) ?? "backbone.stem";

    static bool IsBelow(string name, string path) => name.StartsWith(path + ".", StringComparison.Ordinal);
}
