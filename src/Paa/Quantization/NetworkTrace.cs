using Paa.Dnn;
using Paa.Models;

namespace Paa.Quantization;

/// <summary>The layers and maps of a network, in the order in which they were recorded into a plan.</summary>
sealed class NetworkTrace
{
    readonly Dictionary<DnnMap, string> _names = [];
    readonly OrderedDictionary<string, TracedLayer> _layers = [];
    readonly List<TracedMap> _maps = [];

    /// <summary>Convolutions by the name of their weights.</summary>
    public IReadOnlyDictionary<string, TracedLayer> Layers => _layers;

    /// <summary>Maps that have a name.</summary>
    public IReadOnlyList<TracedMap> Maps => _maps;

    /// <summary>A map was recorded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="map">The map.</param>
    /// <param name="isQuantized">Whether it has a step of its own.</param>
    public void AddMap(string name, DnnMap map, bool isQuantized)
    {
        _names.Add(map, name);
        _maps.Add(new TracedMap(name, map, isQuantized));
    }

    /// <summary>A convolution is recorded.</summary>
    /// <param name="name">Of its weights.</param>
    /// <param name="input">A map that has a name.</param>
    /// <param name="make">Makes them.</param>
    public void AddLayer(string name, DnnMap input, Func<FoldedLayer> make)
    {
        if (!_layers.TryGetValue(name, out var layer)) _layers.Add(name, layer = new TracedLayer(name, make, []));
        layer.Inputs.Add(_names[input]);
    }
}

/// <summary>A named map.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Map">In the plan that was traced.</param>
/// <param name="IsQuantized">Whether it has a step of its own.</param>
sealed record TracedMap(string Name, DnnMap Map, bool IsQuantized);

/// <summary>A convolution.</summary>
/// <param name="Name">Of its weights.</param>
/// <param name="Make">Makes them.</param>
/// <param name="Inputs">Names of the maps that it reads, one for each use.</param>
sealed record TracedLayer(string Name, Func<FoldedLayer> Make, List<string> Inputs)
{
    /// <summary>The layer that a user knows: where each level has weights of its own, they are one.</summary>
    public string Group => Name.Split('@')[0];
}
