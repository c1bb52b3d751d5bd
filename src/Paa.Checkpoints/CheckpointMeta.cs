namespace Paa.Checkpoints;

/// <summary>What a checkpoint tells about itself beside its tensors: MMDetection's <c>meta</c>, or safetensors'
/// <c>__metadata__</c>.</summary>
/// <param name="values">The values as saved. Held.</param>
public sealed class CheckpointMeta(PickleDict values)
{
    /// <summary>The values as saved.</summary>
    public PickleDict Values { get; } = values;

    /// <summary>Names of the classes in the order of their labels, from <c>CLASSES</c> (MMDetection 2.x) or <c>dataset_meta</c>
    /// (3.x); null if the file has none.</summary>
    public IReadOnlyList<string>? Classes
    {
        get
        {
            var place = Values.TryGet<PickleDict>("dataset_meta", out var dataset) ? dataset : Values;
            if (!place.TryGetValue("CLASSES", out var value) && !place.TryGetValue("classes", out value)) return null;
            return value is IReadOnlyList<object?> names && names.All(name => name is string) ? [.. names.Cast<string>()] : null;
        }
    }

    /// <summary>Epochs finished; null if the file does not say.</summary>
    public long? Epoch => Number("epoch");

    /// <summary>Iterations finished, from <c>iter</c>; null if the file does not say.</summary>
    public long? Iteration => Number("iter");

    /// <summary>A text, such as <c>config</c> or <c>mmdet_version</c>; null if there is none.</summary>
    public string? Text(string key) => Values.TryGet<string>(key, out var text) ? text : null;

    long? Number(string key) => Values.TryGet<long>(key, out var number) ? number : null;
}
