using Paa.Configuration;
using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

/// <summary>The tree of our configuration while it is built, and what is to be said about it.</summary>
/// <param name="file">The file that is imported.</param>
/// <param name="purpose">What the configuration is for.</param>
sealed class ImportTarget(ConfigLocation file, ImportPurpose purpose)
{
    readonly List<ImportNote> _notes = [];

    /// <summary>What was set so far.</summary>
    public ConfigMapping Tree { get; private set; } = new(file, []);

    /// <summary>What was not carried over, so far.</summary>
    public IReadOnlyList<ImportNote> Notes => _notes;

    /// <summary>Whether the schedule, the losses and the training set are wanted.</summary>
    public bool Trains => purpose == ImportPurpose.Run;

    /// <summary>Whether the data sets are wanted.</summary>
    public bool Evaluates => purpose != ImportPurpose.Inference;

    /// <summary>Whether the model normalises and pads, as in MMDetection 3.x; otherwise the pipelines do.</summary>
    public bool ModelPrepares { get; set; }

    /// <summary>The place of a key, or of the nearest key above it that was set.</summary>
    public ConfigLocation Locate(string key) => Tree.Entries.ContainsKey(key.Split('.')[0]) ? Tree.Locate(key) : file;

    /// <summary>Says that something is not carried over.</summary>
    public void Note(ImportNoteKind kind, ConfigLocation place, string path, string? reason = null) =>
        _notes.Add(new ImportNote(kind, place, path, reason));

    /// <summary>Sets a value, over an earlier one.</summary>
    /// <param name="key">From the root, <c>model.backbone.depth</c>.</param>
    /// <param name="value">Its place is where errors will point.</param>
    public void Set(string key, ConfigNode value) => Tree = Tree.OverriddenBy(ConfigMapping.At(key, value, value.Location));

    /// <summary>Sets a value that is written nowhere.</summary>
    /// <param name="key">From the root.</param>
    /// <param name="text">As in YAML.</param>
    /// <param name="location">Where errors will point.</param>
    public void Set(string key, string text, ConfigLocation location) => Set(key, new ConfigScalar(location, text));

    /// <summary>Sets a list of single values.</summary>
    public void Set(string key, IEnumerable<string> texts, ConfigLocation location) =>
        Set(key, new ConfigList(location, [.. texts.Select(text => new ConfigScalar(location, text))]));

    /// <summary>Takes a value away again.</summary>
    public void Remove(string key) => Tree = Tree.Without(key);

    /// <summary>Lays overrides of the command line over what was set.</summary>
    /// <param name="overrides">Assignments <c>a.b.c=value</c> of our keys, in their order.</param>
    public void Override(IEnumerable<string> overrides)
    {
        foreach (var assignment in overrides) Tree = Tree.OverriddenBy(ConfigOverride.Parse(assignment));
    }
}

/// <summary>What becomes of values that cannot be known.</summary>
static class UnknownValues
{
    const string Cause = "cannot be known without running Python";

    /// <summary>Keys that a run can do without, and what it then has.</summary>
    static readonly Dictionary<string, (ImportNoteKind Kind, string Instead)> Dispensable = new()
    {
        ["work_dir"] = (ImportNoteKind.Meaningless, "here work_dirs/NAME"),
        ["load_from"] = (ImportNoteKind.ChangesTraining, "nothing is loaded"),
        ["seed"] = (ImportNoteKind.ChangesTraining, "here 0"),
        ["log_config"] = (ImportNoteKind.Meaningless, "here 50"),
        ["checkpoint_config"] = (ImportNoteKind.Meaningless, "here as by default"),
        ["evaluation"] = (ImportNoteKind.Meaningless, "here as by default"),
        ["data.workers_per_gpu"] = (ImportNoteKind.Meaningless, "here 2"),
        ["data.tta"] = (ImportNoteKind.ChangesBoxes, "here as by default, used with --tta"),
    };

    /// <summary>Takes those away that the purpose can do without, with a note each.</summary>
    /// <exception cref="ConfigException">One is needed; the message says how to set it.</exception>
    public static void Settle(ImportTarget target, ImportPurpose purpose)
    {
        var needed = new List<(string Key, ConfigUnknown Value)>();
        foreach (var (key, value) in Find(target.Tree, "").ToArray())
        {
            var rule = Dispensable.FirstOrDefault(rule =>
                key == rule.Key || key.StartsWith(rule.Key + ".", StringComparison.Ordinal));
            var isOther = purpose switch
            {
                ImportPurpose.Inference => key.StartsWith("data.", StringComparison.Ordinal),
                ImportPurpose.Evaluation => key.StartsWith("data.val.", StringComparison.Ordinal),
                _ => false,
            };
            if (rule.Key is null && !isOther)
            {
                needed.Add((key, value));
                continue;
            }
            var (kind, instead) = isOther ? (ImportNoteKind.ChangesBoxes, $"set it with --set {key}=VALUE") : rule.Value;
            target.Note(kind, value.Location, key, $"{Cause} ({value.Reason}); {instead}");
            target.Remove(key);
        }
        if (needed.Count == 0) return;
        var (first, why) = needed[0];
        var others = needed.Count == 1 ? "" : $"; so are {string.Join(", ", needed.Skip(1).Take(5).Select(one => one.Key))}";
        throw new ConfigException(why.Location, first,
            $"{Cause} ({why.Reason}); write the value, or --set {first}=VALUE{others}");
    }

    /// <summary>Takes those away that detecting can do without, and says nothing: data sets that may not be asked for.</summary>
    public static void Forget(ImportTarget target)
    {
        foreach (var (key, _) in Find(target.Tree, "").ToArray())
            if (Dispensable.ContainsKey(key.Split('.')[0]) || key is "data.classes"
                || key.EndsWith(".ann_file", StringComparison.Ordinal) || key.EndsWith(".img_prefix", StringComparison.Ordinal))
                target.Remove(key);
    }

    /// <summary>The error that a part of the configuration is unknown as a whole.</summary>
    public static ConfigException Needed(ConfigUnknown value, string path) =>
        new(value.Location, path, $"{Cause} ({value.Reason}); write the value itself");

    static IEnumerable<(string Key, ConfigUnknown Value)> Find(ConfigMapping mapping, string path)
    {
        foreach (var (key, entry) in mapping.Entries)
        {
            var name = path.Length == 0 ? key : $"{path}.{key}";
            if (entry.Value is ConfigMapping below)
            {
                foreach (var found in Find(below, name)) yield return found;
            }
            else if (ConfigUnknown.In(entry.Value) is { } unknown)
            {
                yield return (name, unknown);
            }
        }
    }
}
