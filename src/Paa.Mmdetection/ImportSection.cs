using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>One dict of a configuration; it knows which of its keys were read.</summary>
/// <param name="dict">Its keys and values.</param>
/// <param name="path">Its place from the root, empty for the root.</param>
sealed class ImportSection(ConfigMapping dict, string path)
{
    readonly HashSet<string> _read = [];
    readonly OrderedDictionary<string, ImportSection> _below = [];

    public ConfigLocation Location => dict.Location;

    /// <summary>Whether a key is there, which does not count as read.</summary>
    public bool Has(string key) => dict.Entries.ContainsKey(key);

    /// <summary>The value of a key, which now counts as read; null if it is not there.</summary>
    public ConfigNode? Take(string key)
    {
        _read.Add(key);
        return dict.Entries.TryGetValue(key, out var entry) ? entry.Value : null;
    }

    /// <summary>The text of a value; null if it is not there or None.</summary>
    public string? Text(string key) => (Take(key) as ConfigScalar)?.Text;

    /// <summary>The text of a value, which does not count as read.</summary>
    public string? PeekText(string key) =>
        dict.Entries.TryGetValue(key, out var entry) && entry.Value is ConfigScalar scalar ? scalar.Text : null;

    /// <summary>A dict below this one; null if it is not there or None.</summary>
    /// <exception cref="ConfigException">It is something else.</exception>
    public ImportSection? Section(string key) => Take(key) switch
    {
        null or ConfigScalar { Text: null } => null,
        ConfigMapping below => Below(below, PathOf(key)),
        var other => throw new ConfigException(other.Location, PathOf(key), $"expected a dict, got {other.Description}"),
    };

    /// <summary>A dict below this one.</summary>
    /// <exception cref="ConfigException">It is not there, or something else.</exception>
    public ImportSection Required(string key) =>
        Section(key) ?? throw new ConfigException(Location, PathOf(key), "is missing, expected a dict");

    /// <summary>The dicts of a list below this one; a lone dict is a list of one.</summary>
    /// <exception cref="ConfigException">It is not there, or has something else.</exception>
    public IReadOnlyList<ImportSection> Sections(string key)
    {
        if (Take(key) is not { } node) throw new ConfigException(Location, PathOf(key), "is missing, expected a list of dicts");
        if (node is ConfigMapping lone) return [Below(lone, PathOf(key))];
        IReadOnlyList<ConfigNode> items = node is ConfigList list ? list.Items : [node];
        return [.. items.Select((item, i) => item is ConfigMapping below
            ? Below(below, $"{PathOf(key)}[{i}]")
            : throw new ConfigException(item.Location, $"{PathOf(key)}[{i}]", $"expected a dict, got {item.Description}"))];
    }

    /// <summary>Carries a value over under another name.</summary>
    /// <param name="key">The key here.</param>
    /// <param name="target">Where to.</param>
    /// <param name="name">The key there, from the root.</param>
    /// <param name="missing">MMDetection's default where it differs from ours; null to leave ours.</param>
    public void Move(string key, ImportTarget target, string name, string? missing = null)
    {
        if (Take(key) is { } value) target.Set(name, value);
        else if (missing is not null) target.Set(name, missing, Location);
    }

    /// <summary>Checks a value that is built in here.</summary>
    /// <param name="key">The key.</param>
    /// <param name="only">The value that is built in, as <see cref="PythonText"/> writes it.</param>
    /// <param name="missing">MMDetection's default; null if it is the same.</param>
    /// <exception cref="ConfigException">The value is another one.</exception>
    public void Expect(string key, string only, string? missing = null)
    {
        var value = Take(key);
        var text = value is null ? missing : PythonText.Of(value);
        if (text is null || text == only) return;
        throw new ConfigException(value?.Location ?? Location, PathOf(key),
            $"expected {only}, the only value there is here, got {text}{(value is null ? " (MMDetection's default)" : "")}");
    }

    /// <summary>Counts keys as read: they mean nothing here, or say what is built in anyway.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys) _read.Add(key);
    }

    /// <summary>The keys that nobody read, with their places; below a dict that nobody read only the dict.</summary>
    public IEnumerable<ImportNote> Unread() => dict.Entries
        .Where(entry => !_read.Contains(entry.Key))
        .Select(entry => new ImportNote(ImportNoteKind.Meaningless, entry.Value.Location, PathOf(entry.Key)))
        .Concat(_below.Values.SelectMany(below => below._read.Count == 0 && below.Count > 0
            ? [new ImportNote(ImportNoteKind.Meaningless, below.Location, below.Name)]
            : below.Unread()));

    int Count => dict.Entries.Count;

    string Name => path;

    /// <summary>One for each place, so that it knows all that was read of it.</summary>
    ImportSection Below(ConfigMapping below, string name)
    {
        if (!_below.TryGetValue(name, out var section)) _below.Add(name, section = new ImportSection(below, name));
        return section;
    }

    string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";
}

/// <summary>Values as Python writes them, to compare and to show.</summary>
static class PythonText
{
    const int MaxItems = 10;

    /// <summary><c>None</c>, <c>True</c>, <c>pytorch</c>, <c>0.1</c>, <c>[0, 1]</c>.</summary>
    public static string Of(ConfigNode node) => node switch
    {
        ConfigScalar { Text: null } => "None",
        ConfigScalar { Text: "true" } => "True",
        ConfigScalar { Text: "false" } => "False",
        ConfigScalar { Text: { } text } => Python.PythonLexer.Shorten(text),
        ConfigList list => $"[{string.Join(", ", list.Items.Take(MaxItems).Select(Item))}{More(list)}]",
        _ => "a dict",
    };

    static string More(ConfigList list) => list.Items.Count > MaxItems ? ", ..." : "";

    static string Item(ConfigNode node) => node is ConfigList list ? list.Description : Of(node);
}

/// <summary>The tree of our configuration while it is built.</summary>
/// <param name="file">The file that is imported.</param>
sealed class ImportTarget(ConfigLocation file)
{
    /// <summary>What was set so far.</summary>
    public ConfigMapping Tree { get; private set; } = new(file, []);

    /// <summary>The place of a key, or of the nearest key above it that was set.</summary>
    public ConfigLocation Locate(string key) => Tree.Entries.ContainsKey(key.Split('.')[0]) ? Tree.Locate(key) : file;

    /// <summary>Sets a value, over an earlier one.</summary>
    /// <param name="key">From the root, <c>model.backbone.depth</c>.</param>
    /// <param name="value">Its place is where errors will point.</param>
    public void Set(string key, ConfigNode value) => Tree = Tree.OverriddenBy(ConfigMapping.At(key, value, value.Location));

    /// <summary>Sets a value that is written nowhere.</summary>
    /// <param name="key">From the root.</param>
    /// <param name="text">As in YAML.</param>
    /// <param name="location">Where errors will point.</param>
    public void Set(string key, string text, ConfigLocation location) => Set(key, new ConfigScalar(location, text));

    /// <summary>Sets a list of texts.</summary>
    public void Set(string key, IEnumerable<string> texts, ConfigLocation location) =>
        Set(key, new ConfigList(location, [.. texts.Select(text => new ConfigScalar(location, text))]));
}
