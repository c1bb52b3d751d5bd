using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Dicts and lists with one thing changed.</summary>
static class PythonChange
{
    /// <summary>The dict with a key set.</summary>
    public static ConfigMapping With(ConfigMapping dict, string key, ConfigNode value)
    {
        var entries = new OrderedDictionary<string, ConfigEntry>(dict.Entries) { [key] = new ConfigEntry(value.Location, value) };
        return new ConfigMapping(dict.Location, entries, dict.Replaces);
    }

    /// <summary><c>value[index] = item</c>; null if there is no such item.</summary>
    public static ConfigNode? WithItem(ConfigNode value, ConfigNode index, ConfigNode item)
    {
        if (value is ConfigMapping dict && PythonFormat.Str(index) is { } key) return With(dict, key, item);
        if (value is not ConfigList list || index is not PythonScalar { Value: long at }
            || !PythonItems.IsWithin(at, list.Items.Count))
            return null;
        ConfigNode[] items = [.. list.Items];
        items[PythonItems.Position(at, items.Length)] = item;
        return new ConfigList(list.Location, items);
    }

    /// <summary>Another dict or list with the same items.</summary>
    public static ConfigNode Copy(ConfigNode value) => value switch
    {
        ConfigList list => new ConfigList(list.Location, [.. list.Items]),
        ConfigMapping dict => new ConfigMapping(dict.Location, new(dict.Entries), dict.Replaces),
        _ => value,
    };

    /// <summary>Another dict or list, with other dicts and lists in it, of the same values.</summary>
    public static ConfigNode DeepCopy(ConfigNode value)
    {
        var done = new Dictionary<ConfigNode, ConfigNode>(ReferenceEqualityComparer.Instance);
        return Copied(value);

        ConfigNode Copied(ConfigNode node)
        {
            if (done.TryGetValue(node, out var known)) return known;
            return done[node] = node switch
            {
                ConfigList list => new ConfigList(list.Location, [.. list.Items.Select(Copied)]),
                ConfigMapping dict => CopiedDict(dict),
                _ => node,
            };
        }

        ConfigMapping CopiedDict(ConfigMapping dict)
        {
            var entries = new OrderedDictionary<string, ConfigEntry>();
            foreach (var (key, entry) in dict.Entries) entries.Add(key, entry with { Value = Copied(entry.Value) });
            return new ConfigMapping(dict.Location, entries, dict.Replaces);
        }
    }
}
