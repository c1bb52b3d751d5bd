using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Zoo;

namespace Paa.Cli.Shared;

/// <summary>An argument that names a configuration: ours in YAML, MMDetection's in Python, JSON or YAML, or a zoo name for one
/// that is installed with the program. The only place where commands read configurations.</summary>
static class ConfigArgument
{
    /// <summary>Its help text.</summary>
    public const string Description =
        "YAML file of a run, Python file of MMDetection, a name of 'paa zoo list', paa_r18_synth or paa_r18_bccd.";

    /// <summary>Configurations without published weights that are installed with the program.</summary>
    static readonly string[] Installed = ["paa_r18_synth", "paa_r18_bccd"];

    static readonly string[] Endings = [".yaml", ".yml", ".py", ".json"];

    /// <summary>The path of the file. A path that does not exist is returned unchanged; reading it reports the error.</summary>
    public static string Resolve(string name)
    {
        if (File.Exists(name)) return name;
        if (ZooCatalogue.Find(name) is { } model) return FileOf(model);
        return Installed.Contains(name) ? Installation.Find($"configs/{name[(name.LastIndexOf('_') + 1)..]}/{name}.yaml") : name;
    }

    /// <summary>Whether an argument names a configuration rather than weights.</summary>
    public static bool IsConfig(string file) =>
        Installed.Contains(file) || Endings.Contains(Path.GetExtension(file).ToLowerInvariant());

    /// <summary>The configuration file of a zoo model.</summary>
    public static string FileOf(ZooModel model) => Installation.Find($"configs/paa/{model.Name}.yaml");

    /// <summary>Reads a configuration. What a file of MMDetection's asks for and is not done here is a warning.</summary>
    /// <param name="shell">Receives the warnings.</param>
    /// <param name="name">The argument.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c> over the file.</param>
    /// <param name="use">What is warned of.</param>
    /// <param name="isStrict">Whether a warning is an error.</param>
    /// <exception cref="ConfigException">The file is missing, not of this kind, or has a wrong value.</exception>
    /// <exception cref="UsageException">Something is not done here, and <paramref name="isStrict"/> is true.</exception>
    public static SourcedConfig Load(
        Shell shell, string name, IReadOnlyList<string> overrides, ConfigUse use = ConfigUse.Training, bool isStrict = false)
    {
        var file = Resolve(name);
        if (!IsTheirs(file)) return ConfigLoader.Read(file, overrides);
        var imported = MmdetectionImport.Read(file, overrides, use switch
        {
            ConfigUse.Inference => ImportPurpose.Inference,
            ConfigUse.Evaluation => ImportPurpose.Evaluation,
            _ => ImportPurpose.Run,
        });
        ImportNote[] notes = [.. imported.Notes.Where(note => IsTold(note, use))];
        if (notes.Length > 0) Tell(shell, file, notes, isStrict);
        return new SourcedConfig(imported.Config, imported.Tree);
    }

    /// <summary>Whether a file is MMDetection's; a YAML file of theirs names the type of the model.</summary>
    public static bool IsTheirs(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".py" or ".json" => true,
        ".yaml" or ".yml" => ConfigLoader.IsMmdetections(file),
        _ => false,
    };

    static bool IsTold(ImportNote note, ConfigUse use) => note.Kind switch
    {
        ImportNoteKind.ChangesBoxes => use != ConfigUse.Look,
        ImportNoteKind.ChangesTraining => use == ConfigUse.Training,
        _ => false,
    };

    static void Tell(Shell shell, string file, ImportNote[] notes, bool isStrict)
    {
        var changes = notes.Any(note => note.Kind == ImportNoteKind.ChangesTraining) ? "the training" : "the boxes";
        var text = $"{file} asks for what is not done here and changes {changes}:";
        if (isStrict)
            throw new UsageException(
                $"--strict: {text} {notes[0]}{(notes.Length > 1 ? $", and {notes.Length - 1} more" : "")}.");
        shell.Warn(text + string.Concat(notes.Select(note => $"\n  {note}")));
    }
}

/// <summary>What a configuration is read for.</summary>
enum ConfigUse
{
    /// <summary>To look at its network or its data sets.</summary>
    Look,

    /// <summary>Detections.</summary>
    Inference,

    /// <summary>Detections, and the data sets to compare them with.</summary>
    Evaluation,

    /// <summary>Training, and the detections after it.</summary>
    Training,
}
