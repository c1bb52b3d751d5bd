using Paa.Configuration;
using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

/// <summary>One dict of a configuration; it knows which of its keys were read.</summary>
/// <param name="dict">Its keys and values.</param>
/// <param name="path">Its place from the root, empty for the root.</param>
/// <param name="target">Where to.</param>
sealed class ImportSection(ConfigMapping dict, string path, ImportTarget target)
{
    static readonly string[] OurScopes = ["mmdet", "mmcv", "mmengine", "torch"];

    readonly HashSet<string> _read = ["_scope_"];
    readonly OrderedDictionary<string, ImportSection> _below = [];

    public ConfigLocation Location => dict.Location;

    /// <summary>Its place from the root.</summary>
    public string Name => path;

    /// <summary>What it means that a key of this dict is not read; those below have the same, unless it is set there.</summary>
    public ImportNoteKind UnreadKind { get; set; } = ImportNoteKind.Meaningless;

    /// <summary>The class that the dict asks for, <c>type</c>, without MMDetection's own scopes and modules: <c>PAAHead</c> of
    /// <c>'mmdet.PAAHead'</c> or of an imported class; null if it asks for none, or for one that cannot be known.</summary>
    public string? Type
    {
        get
        {
            var name = Take("type") switch
            {
                ConfigScalar { Text: { } text } => text,
                ConfigUnknown unknown => unknown.Name,
                _ => null,
            };
            if (name is null || !name.Contains('.', StringComparison.Ordinal)) return name;
            return OurScopes.Contains(name.Split('.')[0]) ? name[(name.LastIndexOf('.') + 1)..] : name;
        }
    }

    /// <summary>Whether a key is there, which does not count as read.</summary>
    public bool Has(string key) => dict.Entries.ContainsKey(key);

    /// <summary>Whether a key is there with a value that is not None, which does not count as read.</summary>
    public bool HasValue(string key) =>
        dict.Entries.TryGetValue(key, out var entry) && entry.Value is not ConfigScalar { Text: null };

    /// <summary>The value of a key, which now counts as read; null if it is not there.</summary>
    public ConfigNode? Take(string key)
    {
        _read.Add(key);
        return dict.Entries.TryGetValue(key, out var entry) ? entry.Value : null;
    }

    /// <summary>The text of a value; null if it is not there, None, or cannot be known.</summary>
    public string? Text(string key) => (Take(key) as ConfigScalar)?.Text;

    /// <summary>The text of a value, which does not count as read.</summary>
    public string? PeekText(string key) =>
        dict.Entries.TryGetValue(key, out var entry) && entry.Value is ConfigScalar scalar ? scalar.Text : null;

    /// <summary>A dict below this one; null if it is not there or None.</summary>
    /// <exception cref="ConfigException">It is something else, or cannot be known.</exception>
    public ImportSection? Section(string key) => Take(key) switch
    {
        null or ConfigScalar { Text: null } => null,
        ConfigMapping below => Below(below, PathOf(key)),
        ConfigUnknown unknown => throw UnknownValues.Needed(unknown, PathOf(key)),
        var other => throw new ConfigException(other.Location, PathOf(key), $"expected a dict, got {other.Description}"),
    };

    /// <summary>A dict below this one that the run can do without; null, with a note, if it is something else.</summary>
    public ImportSection? Optional(string key)
    {
        switch (Take(key))
        {
            case null or ConfigScalar { Text: null }: return null;
            case ConfigMapping below: return Below(below, PathOf(key));
            case var other:
                target.Note(UnreadKind, other.Location, PathOf(key), $"is {other.Description}, expected a dict");
                return null;
        }
    }

    /// <summary>A dict below this one.</summary>
    /// <exception cref="ConfigException">It is not there, or something else.</exception>
    public ImportSection Required(string key) =>
        Section(key) ?? throw new ConfigException(Location, PathOf(key), "is missing, expected a dict");

    /// <summary>The dicts of a list below this one; a lone dict is a list of one.</summary>
    /// <exception cref="ConfigException">It is not there, has something else, or cannot be known.</exception>
    public IReadOnlyList<ImportSection> Sections(string key) => Items(key, item => throw (item is ConfigUnknown unknown
        ? UnknownValues.Needed(unknown, PathOf(key))
        : new ConfigException(item.Location, PathOf(key), $"expected a dict, got {item.Description}")));

    /// <summary>As <see cref="Sections"/>; items that are no dicts are handed on.</summary>
    public IReadOnlyList<ImportSection> Items(string key, Action<ConfigNode> other)
    {
        if (Take(key) is not { } node) throw new ConfigException(Location, PathOf(key), "is missing, expected a list of dicts");
        if (node is ConfigMapping lone) return [Below(lone, PathOf(key))];
        IReadOnlyList<ConfigNode> items = node is ConfigList list ? list.Items : [node];
        var sections = new List<ImportSection>();
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is ConfigMapping below) sections.Add(Below(below, $"{PathOf(key)}[{i}]"));
            else other(items[i]);
        }
        return sections;
    }

    /// <summary>Carries a value over under another name.</summary>
    /// <param name="key">The key here.</param>
    /// <param name="name">The key there, from the root.</param>
    /// <param name="missing">MMDetection's default where it differs from ours; null to leave ours.</param>
    public void Move(string key, string name, string? missing = null)
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
        if (value is ConfigUnknown unknown) throw UnknownValues.Needed(unknown, PathOf(key));
        if (OtherThan(value, only, missing) is not { } text) return;
        throw new ConfigException(value?.Location ?? Location, PathOf(key),
            $"expected {only}, the only value there is here, got {text}{(value is null ? " (MMDetection's default)" : "")}");
    }

    /// <summary>Checks the class of this dict.</summary>
    /// <param name="only">The one that there is here.</param>
    /// <param name="required">Whether it must be said.</param>
    /// <exception cref="ConfigException">It is another one.</exception>
    public void ExpectType(string only, bool required = false) => ExpectType([only], only, required);

    /// <summary>Checks the class of this dict.</summary>
    /// <param name="names">Those that are read here.</param>
    /// <param name="there">What there is here, for the message.</param>
    /// <param name="required">Whether it must be said.</param>
    /// <exception cref="ConfigException">It is another one.</exception>
    public void ExpectType(string[] names, string there, bool required = false)
    {
        var type = Type;
        if (type is null ? !required && !HasValue("type") : names.Contains(type)) return;
        if (Take("type") is ConfigUnknown { Name: null } unknown) throw UnknownValues.Needed(unknown, PathOf("type"));
        throw new ConfigException(Take("type")?.Location ?? Location, PathOf("type"),
            $"expected {there}, the only value there is here, got {PythonLexer.Shorten(type ?? "None")}");
    }

    /// <summary>Says so if a value is another than the one that is built in here.</summary>
    /// <param name="key">The key.</param>
    /// <param name="only">The value that is built in, as <see cref="PythonText"/> writes it.</param>
    /// <param name="kind">What another one means.</param>
    /// <param name="reason">What is done instead; null to name the value that is built in.</param>
    public void Differs(string key, string only, ImportNoteKind kind, string? reason = null)
    {
        var value = Take(key);
        if (value is null || OtherThan(value, only, null) is not { } text) return;
        target.Note(kind, value.Location, PathOf(key), $"is {text}, {reason ?? $"here {only}"}");
    }

    static string? OtherThan(ConfigNode? value, string only, string? missing)
    {
        var text = value is null ? missing : PythonText.Of(value);
        return text == only ? null : text;
    }

    /// <summary>Counts keys as read: they mean nothing here, or say what is built in anyway.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys) _read.Add(key);
    }

    /// <summary>Counts all keys as read.</summary>
    public void IgnoreAll()
    {
        foreach (var key in dict.Entries.Keys) _read.Add(key);
    }

    /// <summary>The keys that nobody read, with their places.</summary>
    public IEnumerable<ImportNote> Unread() => dict.Entries
        .Where(entry => !_read.Contains(entry.Key))
        .Select(entry => new ImportNote(UnreadKind, entry.Value.Location, PathOf(entry.Key),
            UnreadKind == ImportNoteKind.Meaningless ? null : "is not known here"))
        .Concat(_below.Values.SelectMany(below => below.Unread()));

    /// <summary>One for each place, so that it knows all that was read of it.</summary>
    ImportSection Below(ConfigMapping below, string name)
    {
        if (!_below.TryGetValue(name, out var section))
            _below.Add(name, section = new ImportSection(below, name, target) { UnreadKind = UnreadKind });
        return section;
    }

    string PathOf(string key) => path.Length == 0 ? PythonLexer.Shorten(key) : $"{path}.{PythonLexer.Shorten(key)}";
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
        ConfigScalar { Text: { } text } => PythonLexer.Shorten(text),
        ConfigList list => $"[{string.Join(", ", list.Items.Take(MaxItems).Select(Item))}{More(list)}]",
        ConfigUnknown { Name: { } name } => PythonLexer.Shorten(name),
        ConfigUnknown => "what cannot be known",
        _ => "a dict",
    };

    static string More(ConfigList list) => list.Items.Count > MaxItems ? ", ..." : "";

    static string Item(ConfigNode node) => node is ConfigList list ? list.Description : Of(node);
}
