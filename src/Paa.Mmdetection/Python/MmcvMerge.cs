using System.Globalization;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Lays one tree over another as mmcv does: dicts are merged key by key, anything else is replaced.</summary>
/// <remarks>A dict whose keys are the indices of a list changes items of that list, as on mmcv's command line.</remarks>
sealed class MmcvMerge
{
    readonly Dictionary<(ConfigNode, ConfigNode), ConfigNode> _done = new(PairComparer.Instance);    // dicts may be shared

    /// <summary>The merged tree.</summary>
    /// <param name="upper">Wins.</param>
    /// <param name="lower">What it is laid over.</param>
    /// <exception cref="ConfigException">A dict is laid over a list that has no such items.</exception>
    public static ConfigMapping Lay(ConfigMapping upper, ConfigMapping lower) =>
        (ConfigMapping)new MmcvMerge().Merged(upper, lower);

    ConfigNode Merged(ConfigNode upper, ConfigNode lower) => (upper, lower) switch
    {
        (ConfigMapping { Replaces: true } dict, _) => new ConfigMapping(dict.Location, new(dict.Entries)),
        (ConfigMapping, ConfigMapping or ConfigList) when _done.TryGetValue((upper, lower), out var known) => known,
        (ConfigMapping dict, ConfigMapping below) => _done[(upper, lower)] = MergedDicts(dict, below),
        (ConfigMapping dict, ConfigList list) => _done[(upper, lower)] = WithItems(dict, list),
        _ => upper,
    };

    ConfigMapping MergedDicts(ConfigMapping upper, ConfigMapping lower)
    {
        var merged = new OrderedDictionary<string, ConfigEntry>(lower.Entries);
        foreach (var (key, entry) in upper.Entries)
            merged[key] = merged.TryGetValue(key, out var below)
                ? entry with { Value = Merged(entry.Value, below.Value) }
                : entry;
        return new ConfigMapping(upper.Location, merged);
    }

    ConfigList WithItems(ConfigMapping upper, ConfigList lower)
    {
        ConfigNode[] items = [.. lower.Items];
        foreach (var (key, entry) in upper.Entries)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= items.Length)
                throw new ConfigException(entry.Location, PythonLexer.Shorten(key),
                    $"a dict is laid over a list of {items.Length}: expected an index of it, or _delete_=True to replace it");
            items[index] = Merged(entry.Value, items[index]);
        }
        return new ConfigList(lower.Location, items);
    }

    sealed class PairComparer : IEqualityComparer<(ConfigNode, ConfigNode)>
    {
        public static readonly PairComparer Instance = new();

        public bool Equals((ConfigNode, ConfigNode) x, (ConfigNode, ConfigNode) y) =>
            ReferenceEquals(x.Item1, y.Item1) && ReferenceEquals(x.Item2, y.Item2);

        public int GetHashCode((ConfigNode, ConfigNode) pair) => HashCode.Combine(
            System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(pair.Item1),
            System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(pair.Item2));
    }
}
