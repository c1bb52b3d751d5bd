using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Paa.Checkpoints;

/// <summary>Tensors by name in a fixed order: the weights and buffers of a model, as a checkpoint holds them.</summary>
public sealed class StateDict : IReadOnlyCollection<KeyValuePair<string, StoredTensor>>
{
    const string ParallelPrefix = "module.";             // put before every name by torch.nn.DataParallel

    static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model"];
    static readonly string[] DescriptionKeys = ["config", "cfg", "CLASSES", "classes", "dataset_meta"];

    readonly OrderedDictionary<string, StoredTensor> _tensors = new(StringComparer.Ordinal);
    readonly List<string> _ignored = [];

    /// <summary>What the file tells about itself; empty if nothing.</summary>
    public CheckpointMeta Meta { get; init; } = new([]);

    /// <summary>Attributes of the saved dict, such as <c>_metadata</c>; kept by <see cref="ToGraph"/>. Null if there are
    /// none.</summary>
    public PickleDict? Attributes { get; init; }

    /// <summary>What was removed from the start of every name (<c>module.</c>, which DataParallel adds); empty if
    /// nothing.</summary>
    public string RemovedPrefix { get; private init; } = "";

    /// <summary>Names that were left out: <c>ema_*</c> copies, and values that are no tensors.</summary>
    public IReadOnlyList<string> Ignored => _ignored;

    /// <summary>Number of tensors.</summary>
    public int Count => _tensors.Count;

    /// <summary>The names in order.</summary>
    public IReadOnlyList<string> Names => _tensors.Keys;

    /// <summary>A tensor by its name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    public StoredTensor this[string name] =>
        _tensors.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"StateDict: no tensor '{name}'.");

    /// <summary>Reads the state dict of a <c>.pth</c> or safetensors file, told apart by content.</summary>
    /// <returns>Its tensors. Elements of large ones stay in the file, which stays open, until they are asked for (see
    /// <see cref="Storage"/>).</returns>
    /// <exception cref="CheckpointException">The file is missing, damaged, hostile, or has no state dict.</exception>
    public static StateDict Load(string path) => CheckpointFile.Read(path, (file, format) =>
        format == CheckpointFormat.Safetensors ? SafetensorsFile.Read(file) : FromGraph(TorchFile.ReadOpen(file, format)));

    /// <summary>Finds the state dict in what <see cref="TorchFile.Read"/> returned: bare, or under <c>state_dict</c> or
    /// <c>model</c>.</summary>
    /// <param name="graph">The object of the file.</param>
    /// <param name="average">Take the second set of weights where there is one: buffers <c>ema_*</c> as mmcv's EMA hook stores
    /// them, or a dict <c>ema_state_dict</c> or <c>state_dict_ema</c>. OpenMMLab's hooks exchange the sets before they save, so
    /// in their files the second set is the one that is not averaged.</param>
    /// <exception cref="CheckpointException">There is none.</exception>
    public static StateDict FromGraph(object? graph, bool average = false)
    {
        var (root, tensors, meta) = Find(graph);
        string[] names = [.. tensors.Where(pair => pair.Value is StoredTensor).Select(pair => pair.Key).OfType<string>()];
        var prefix = names.Length > 0 && Array.TrueForAll(names, name =>
            name.StartsWith(ParallelPrefix, StringComparison.Ordinal)) ? ParallelPrefix : "";
        var result = new StateDict { Meta = new CheckpointMeta(meta), Attributes = tensors.Attributes, RemovedPrefix = prefix };
        foreach (var (key, value) in tensors)
        {
            var name = key is string text && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : null;
            var isCopy = name?.StartsWith(AveragedWeights.BufferPrefix, StringComparison.Ordinal) ?? false;
            if (name is not null && value is StoredTensor tensor && !isCopy)
                result.Add(name, tensor);
            else
                result._ignored.Add($"{key}");
        }
        return average ? AveragedWeights.Replace(result, root, tensors) : result;
    }

    /// <summary>Keys that stand beside the state dict in what <see cref="TorchFile.Read"/> returned.</summary>
    internal static IEnumerable<string> KeysBeside(object? graph) =>
        graph is PickleDict root && Array.Find(Wrappers, wrapper => root.TryGet<PickleDict>(wrapper, out _)) is { } found
            ? root.Keys.OfType<string>().Where(key => key != found)
            : [];

    /// <summary>Adds a tensor under a new name.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(string name, StoredTensor tensor)
    {
        if (!_tensors.TryAdd(name, tensor)) throw new ArgumentException($"StateDict: the name '{name}' is taken.", nameof(name));
    }

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>The tensor of a name, if there is one.</summary>
    public bool TryGetValue(string name, [NotNullWhen(true)] out StoredTensor? tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>The <c>OrderedDict</c> that <see cref="TorchFile.Write"/> stores.</summary>
    public PickleDict ToGraph()
    {
        var graph = new PickleDict { IsOrderedDict = true, Attributes = Attributes };
        foreach (var (name, tensor) in _tensors) graph[name] = tensor;
        return graph;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, StoredTensor>> GetEnumerator() => _tensors.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    static (PickleDict Root, PickleDict Tensors, PickleDict Meta) Find(object? graph)
    {
        if (graph is not PickleDict root)
            throw new CheckpointException("holds no dict, so no state dict; save {'state_dict': model.state_dict()}.");
        var meta = root.TryGet<PickleDict>("meta", out var found) ? found : [];
        foreach (var wrapper in Wrappers)
            if (root.TryGet<PickleDict>(wrapper, out var inner)) return (root, inner, WithTexts(meta, root));
        if (root.Any(pair => pair.Value is StoredTensor)) return (root, root, meta);
        throw new CheckpointException($"holds no state dict; its keys are: {string.Join(", ", root.Keys.Take(10))}.");
    }

    /// <summary>The meta with what some programs write beside it.</summary>
    static PickleDict WithTexts(PickleDict meta, PickleDict root)
    {
        string[] lacking = [.. DescriptionKeys.Where(key => root.ContainsKey(key) && !meta.ContainsKey(key))];
        if (lacking.Length == 0) return meta;
        var result = new PickleDict { IsOrderedDict = meta.IsOrderedDict };
        foreach (var (key, value) in meta) result.Add(key, value);
        foreach (var key in lacking) result.Add(key, root[key]);
        return result;
    }
}

/// <summary>What a checkpoint tells about itself beside its tensors: MMDetection's <c>meta</c>, or safetensors'
/// <c>__metadata__</c>.</summary>
/// <param name="values">The values as saved. Held.</param>
public sealed class CheckpointMeta(PickleDict values)
{
    static readonly string[] ClassKeys = ["CLASSES", "classes"];

    /// <summary>The values as saved.</summary>
    public PickleDict Values { get; } = values;

    /// <summary>Names of the classes in the order of their labels, from <c>CLASSES</c> (MMDetection 2.x), <c>classes</c>, or
    /// either of them in <c>dataset_meta</c> (3.x); null if the file has none. A lone text is one name.</summary>
    public IReadOnlyList<string>? Classes
    {
        get
        {
            PickleDict[] places = Values.TryGet<PickleDict>("dataset_meta", out var dataset) ? [Values, dataset] : [Values];
            return places.SelectMany(place => ClassKeys.Select(key => Names(place, key)))
                .FirstOrDefault(names => names is not null);
        }
    }

    /// <summary>Epochs finished; null if the file does not say.</summary>
    public long? Epoch => Number("epoch");

    /// <summary>Iterations finished, from <c>iter</c>; null if the file does not say.</summary>
    public long? Iteration => Number("iter");

    /// <summary>A text, such as <c>config</c> or <c>mmdet_version</c>; null if there is none.</summary>
    public string? Text(string key) => Values.TryGet<string>(key, out var text) ? text : null;

    static string[]? Names(PickleDict place, string key) => !place.TryGetValue(key, out var value) ? null : value switch
    {
        string name => [name],
        IReadOnlyList<object?> names when names.All(name => name is string) => [.. names.Cast<string>()],
        _ => null,
    };

    long? Number(string key) => Values.TryGet<long>(key, out var number) ? number : null;
}
