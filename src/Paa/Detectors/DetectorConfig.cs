using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Options;

namespace Paa.Detectors;

/// <summary>With what a detector runs, and where each value was read.</summary>
/// <remarks>
/// In this order: what the command line sets; the configuration that this project stores in its checkpoints; MMDetection's text
/// there; names and shapes of the weights; defaults. Where a text in the checkpoint contradicts the shapes, the shapes count.
/// </remarks>
public sealed class DetectorConfig
{
    /// <summary>What inference uses and weights do not tell.</summary>
    static readonly string[] WithoutTrace =
    [
        "model.bbox_head.score_voting", "model.bbox_head.anchor_generator.octave_base_scale",
        "model.bbox_head.anchor_generator.strides", "model.test_cfg.nms_pre", "model.test_cfg.score_thr",
        "model.test_cfg.nms_iou_threshold", "model.test_cfg.nms_class_agnostic", "model.test_cfg.max_per_img",
        "data.img_norm.mean", "data.img_norm.std", "data.img_norm.to_rgb", "data.size_divisor", "data.test.img_scale",
    ];

    const string GuessedParts = "anchor size, mean and std, test size, thresholds and score voting";

    readonly SourcedConfig _values;
    readonly string _classSource;
    readonly bool _isGuessed;

    DetectorConfig(
        SourcedConfig values, (IReadOnlyList<string> Names, string Source) classes, bool isGuessed, List<string> notices)
    {
        _values = values;
        (Classes, _classSource) = classes;
        (_isGuessed, Notices) = (isGuessed, notices);
    }

    /// <summary>The configuration. What concerns training are defaults, unless this project or a file of the command line gives
    /// it.</summary>
    public PaaConfig Config => _values.Config;

    /// <summary>Class names in label order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>What a user should know, a sentence each: texts of the checkpoint that cannot be read, and what was guessed
    /// instead; values that contradict the weights.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>The same with another configuration; sources and notices stay.</summary>
    internal DetectorConfig With(PaaConfig config) =>
        new(new SourcedConfig(config, _values.Tree), (Classes, _classSource), _isGuessed, [.. Notices]);

    /// <summary>What an exported file says.</summary>
    internal static DetectorConfig Of(SourcedConfig values, IReadOnlyList<string> classes) =>
        new(values, (classes, "from the file's metadata"), isGuessed: false, []);

    /// <summary>Whether the names of the classes are those in the meta of the checkpoint.</summary>
    internal bool HasClassesOfMeta => _classSource == ClassNames.FromMeta;

    /// <summary>Where a value was read: a file or a text in the checkpoint with its line, the weights, or <c>guessed</c>; null
    /// for a default of a configuration that was read.</summary>
    /// <param name="key">From the root, such as <c>model.test_cfg.score_thr</c>.</param>
    public string? SourceOf(string key)
    {
        if (key == "data.classes") return _classSource;
        if (_values.SourceOf(key) is { } place) return $"from {place}";
        return _isGuessed && WithoutTrace.Contains(key) ? "guessed" : null;
    }

    /// <summary>Whether inference uses a value, or it was read anyway: not a default of training.</summary>
    internal bool IsUsedOrRead(string key) => WithoutTrace.Contains(key) || SourceOf(key) is not null;

    /// <summary>Finds the configuration of weights.</summary>
    /// <param name="weights">Names, shapes and meta.</param>
    /// <param name="path">Of the checkpoint, for messages.</param>
    /// <param name="given">Takes the place of what the checkpoint says; null: nothing was named.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c> over what the checkpoint says; <paramref name="given"/> has its
    /// own.</param>
    /// <exception cref="ArchitectureException">The weights are not those of a PAA detector.</exception>
    /// <exception cref="ConfigException">An override is wrong.</exception>
    internal static DetectorConfig Find(
        StateDict weights, string path, SourcedConfig? given, IReadOnlyList<string> overrides)
    {
        var notices = new List<string>();
        if (given is not null) return new(given, ClassNames.Find(weights, given, path, notices), isGuessed: false, notices);

        var shapes = WeightShapes.Read(weights, path);
        var stored = StoredConfig.Read(weights.Meta);
        var (values, problem) = (default(SourcedConfig), stored.Problem);
        if (stored.Tree is { } tree)
        {
            try
            {
                tree = overrides.Aggregate(shapes.Over(tree, path, notices),
                    (lower, assignment) => lower.OverriddenBy(ConfigOverride.Parse(assignment)));
                values = Check(tree, path, notices);
            }
            catch (ConfigException error) when (!ConfigOverride.IsAt(error.Location))
            {
                problem ??= error.Message;
            }
        }
        if (problem is not null)
            notices.Add($"the configuration in {path} cannot be read: {problem.TrimEnd('.')}; "
                + (values is null ? $"guessed instead: {GuessedParts}." : "another one in it is used."));
        else if (stored.Differences.Count > 0)
            notices.Add($"the configuration in {path} asks for what is not done here and changes the boxes: "
                + $"{Some(stored.Differences)}.");
        var isGuessed = values is null;
        values ??= shapes.Alone(overrides);
        return new(values, ClassNames.Find(weights, values, path, notices), isGuessed, notices);
    }

    /// <summary>Reads the options; a value that is wrong is left out.</summary>
    /// <param name="tree">From a text in the checkpoint.</param>
    /// <param name="path">Of the checkpoint, for the notice.</param>
    /// <param name="notices">Receives a sentence about what was left out.</param>
    /// <exception cref="ConfigException">It cannot be said which value is wrong.</exception>
    static SourcedConfig Check(ConfigMapping tree, string path, List<string> notices)
    {
        const int MaxProblems = 50;
        for (var problems = new List<string>(); ;)
        {
            try
            {
                var values = SourcedConfig.Of(tree);
                if (problems.Count > 0)
                    notices.Add($"the configuration in {path} has values that cannot be used: {Some(problems)}; "
                        + "defaults take their place.");
                return values;
            }
            catch (ConfigException error) when (
                error.KeyPath is not null && !ConfigOverride.IsAt(error.Location) && problems.Count < MaxProblems)
            {
                var key = error.KeyPath.Split('[')[0];
                if (tree.Find(key) is null) throw;
                problems.Add(error.Message);
                tree = tree.Without(key);
            }
        }
    }

    static string Some<T>(IReadOnlyList<T> items)
    {
        const int shown = 3;
        return string.Join("; ", items.Take(shown)) + (items.Count > shown ? $" and {items.Count - shown} more" : "");
    }
}

/// <summary>Names of a detector's classes.</summary>
static class ClassNames
{
    /// <summary>The source of names that a checkpoint tells.</summary>
    public const string FromMeta = "from the checkpoint's meta";

    const string Key = "data.classes";

    /// <summary>The names in label order and where they are from: the command line, the checkpoint's meta, the configuration,
    /// COCO for 80 classes, or else <c>class_0</c> and so on.</summary>
    /// <param name="weights">Their meta may have names.</param>
    /// <param name="values">The configuration.</param>
    /// <param name="path">Of the checkpoint, for messages.</param>
    /// <param name="notices">Receives a sentence about names whose number is wrong.</param>
    /// <exception cref="ConfigException">The command line gives another number of names.</exception>
    public static (IReadOnlyList<string> Names, string Source) Find(
        StateDict weights, SourcedConfig values, string path, List<string> notices)
    {
        var count = values.Config.Model.Head.ClassCount;
        var (configured, place) = (values.Config.Data.Classes, values.SourceOf(Key));
        if (configured is not null && ConfigOverride.IsAt(place))
        {
            return configured.Length == count ? (configured, $"from {place}") : throw new ConfigException(place!.Value, Key,
                $"expected {count} names, one for each class of the weights, got {configured.Length}");
        }
        if (weights.Meta.Classes is { } stored)
        {
            if (stored.Count == count) return (stored, FromMeta);
            notices.Add($"{path} names {stored.Count} classes, but its weights have {count}: its names are not used.");
        }
        if (configured?.Length == count) return (configured, place is null ? "given" : $"from {place}");
        return count == CocoClasses.Names.Count
            ? (CocoClasses.Names, "guessed: those of COCO")
            : ([.. Enumerable.Range(0, count).Select(i => $"class_{i}")], "guessed: the file has no names");
    }
}
