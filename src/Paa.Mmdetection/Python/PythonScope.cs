using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>The names that a file has bound so far, and those of its base files.</summary>
/// <remarks>Python's dicts and lists can be changed through any name that leads to them; ours cannot be changed. So a change
/// replaces the old value, wherever a name leads to it.</remarks>
/// <param name="readBases">Reads the files that the value of <c>_base_</c> names, merged.</param>
/// <param name="work">What may still be done.</param>
sealed class PythonScope(Func<ConfigNode, ConfigMapping> readBases, PythonWork work)
{
    /// <summary>The name with which a file says what it is based on.</summary>
    public const string BaseName = "_base_";

    readonly OrderedDictionary<string, ConfigEntry> _names = [];
    readonly Dictionary<string, ConfigNode> _locals = [];       // of comprehensions
    readonly HashSet<string> _helpers = [];
    ConfigMapping? _bases;

    /// <summary>Whether <c>update</c> merges dicts, as mmengine's dicts of a pure Python configuration do.</summary>
    public bool MergesUpdates { get; private set; }

    /// <summary>Binds what another file of a pure Python configuration binds.</summary>
    public void Import(IEnumerable<KeyValuePair<string, ConfigEntry>> names)
    {
        MergesUpdates = true;
        foreach (var (name, entry) in names) _names[name] = entry;
    }

    /// <summary>Binds a name; the base files are read at once.</summary>
    /// <exception cref="ConfigException">It is <c>_base_</c>, for the second time.</exception>
    public void Bind(string name, ConfigNode value, ConfigLocation place)
    {
        if (name != BaseName) _names[name] = new ConfigEntry(place, value);
        else if (_bases is not null) throw new ConfigException(place, $"{BaseName} is set a second time");
        else _bases = readBases(value);
    }

    /// <summary>Binds a name that is no key of the configuration: a module, a function, a class.</summary>
    public void BindHelper(string name, ConfigUnknown value)
    {
        _helpers.Add(name);
        _names[name] = new ConfigEntry(value.Location, value);
    }

    /// <summary>Takes a name away, <c>del name</c>.</summary>
    public void Unbind(string name) => _names.Remove(name);

    /// <summary>Binds a name of a comprehension, or takes it away again.</summary>
    public void BindLocal(string name, ConfigNode? value)
    {
        if (value is null) _locals.Remove(name);
        else _locals[name] = value;
    }

    /// <summary>The present value of a local name; null if there is none.</summary>
    public ConfigNode? Local(string name) => _locals.GetValueOrDefault(name);

    /// <summary>The value of a name; unknown if it is not bound.</summary>
    public ConfigNode Value(string name, ConfigLocation place)
    {
        if (_locals.TryGetValue(name, out var local)) return local;
        _helpers.Add(name);
        if (_names.TryGetValue(name, out var bound))
        {
            return bound.Value is ConfigUnknown { Name: { } module } used
                ? new ConfigUnknown(place, used.Reason, module)
                : bound.Value;
        }
        var hint = _bases?.Entries.ContainsKey(name) == true ? $"; a base file binds it: write {{{{{BaseName}.{name}}}}}" : "";
        return new ConfigUnknown(place, $"the name '{PythonLexer.Shorten(name)}' is not bound above in this file{hint}");
    }

    /// <summary>Whether a name is bound.</summary>
    public bool Has(string name) => _locals.ContainsKey(name) || _names.ContainsKey(name);

    /// <summary>A value of the base files.</summary>
    /// <param name="path">Names from the root.</param>
    /// <param name="place">Where it is wanted.</param>
    /// <exception cref="ConfigException">There is none.</exception>
    public ConfigNode BaseValue(IReadOnlyList<string> path, ConfigLocation place)
    {
        ConfigNode value = _bases ?? throw new ConfigException(place, $"{BaseName} is used before it is set");
        if (path.Count > 0) _helpers.Add(path[0]);
        foreach (var name in path)
        {
            if (value is ConfigUnknown) return value;
            value = value is ConfigMapping dict && dict.Entries.TryGetValue(name, out var entry)
                ? entry.Value
                : throw new ConfigException(
                    place, $"the base files have no value {PythonLexer.Shorten($"{BaseName}.{string.Join('.', path)}")}");
        }
        return value;
    }

    /// <summary>Puts another value in place of one that was changed, wherever a name leads to it.</summary>
    public void Replace(ConfigNode old, ConfigNode value)
    {
        work.Spend(PythonWork.Size(value), value.Location);
        ReplaceAll(node => ReferenceEquals(node, old) ? value : null);
    }

    /// <summary>Makes a dict or list unknown, with all in it that could be changed, wherever a name leads to them.</summary>
    /// <param name="changed">What may have been changed.</param>
    /// <param name="reason">By what.</param>
    public void Forget(ConfigNode changed, string reason)
    {
        var all = new HashSet<ConfigNode>(ReferenceEqualityComparer.Instance);
        Collect(changed, all);
        if (all.Count > 0) ReplaceAll(node => all.Contains(node) ? new ConfigUnknown(node.Location, reason) : null);
    }

    void Collect(ConfigNode node, HashSet<ConfigNode> all)
    {
        if (node is not (ConfigMapping or ConfigList) || !all.Add(node)) return;
        work.Spend(1, node.Location);
        IEnumerable<ConfigNode> below = node is ConfigList list
            ? list.Items
            : ((ConfigMapping)node).Entries.Values.Select(entry => entry.Value);
        foreach (var child in below) Collect(child, all);
    }

    void ReplaceAll(Func<ConfigNode, ConfigNode?> replacement)
    {
        var done = new Dictionary<ConfigNode, ConfigNode>(ReferenceEqualityComparer.Instance);   // what was shared stays shared
        foreach (var (name, entry) in _names.ToArray())
            if (Rebuilt(entry.Value) is var value && !ReferenceEquals(value, entry.Value))
                _names[name] = entry with { Value = value };
        foreach (var (name, value) in _locals.ToArray()) _locals[name] = Rebuilt(value);
        if (_bases is not null && Rebuilt(_bases) is ConfigMapping bases) _bases = bases;

        ConfigNode Rebuilt(ConfigNode node)
        {
            if (done.TryGetValue(node, out var known)) return known;
            work.Spend(1, node.Location);
            return done[node] = replacement(node) ?? node switch
            {
                ConfigList list => Rebuild(list),
                ConfigMapping dict => RebuildDict(dict),
                _ => node,
            };
        }

        ConfigNode Rebuild(ConfigList list)
        {
            work.Spend(list.Items.Count, list.Location);
            ConfigNode[] items = [.. list.Items.Select(Rebuilt)];
            return items.SequenceEqual(list.Items, ReferenceEqualityComparer.Instance)
                ? list
                : new ConfigList(list.Location, items);
        }

        ConfigNode RebuildDict(ConfigMapping dict)
        {
            var isChanged = false;
            var entries = new OrderedDictionary<string, ConfigEntry>();
            foreach (var (key, entry) in dict.Entries)
            {
                var value = Rebuilt(entry.Value);
                isChanged |= !ReferenceEquals(value, entry.Value);
                entries.Add(key, entry with { Value = value });
            }
            return isChanged ? new ConfigMapping(dict.Location, entries, dict.Replaces) : dict;
        }
    }

    /// <summary>All that the file and its bases say.</summary>
    /// <param name="file">Its name.</param>
    public PythonConfig Build(string file)
    {
        var own = new ConfigMapping(new ConfigLocation(file), _names);
        return new PythonConfig(_bases is null ? own : MmcvMerge.Lay(own, _bases), _helpers);
    }
}
