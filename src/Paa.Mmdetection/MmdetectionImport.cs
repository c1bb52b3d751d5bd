using Paa.Configuration;
using Paa.Mmdetection.Python;
using Paa.Options;

namespace Paa.Mmdetection;

/// <summary>Turns MMDetection's configurations of PAA, of its versions 2.x and 3.x, into ours.</summary>
/// <remarks>
/// Where MMDetection has another default than we, its default is written out. What cannot be the same here is an error; what
/// means nothing here (log levels, backends, visualisers) is listed.
/// </remarks>
public static class MmdetectionImport
{
    /// <summary>Reads a Python file with its <c>_base_</c> files; nothing in them is run.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConfigException">The file is not of the literal subset, not of PAA, or wants what does not exist
    /// here.</exception>
    public static ImportedConfig Read(string path) =>
        Convert(PythonConfigFile.Read(path), new ConfigLocation(path), ImportPurpose.Run);

    /// <summary>Reads a text, such as the one that MMDetection stores in a checkpoint. It cannot name other files.</summary>
    /// <param name="text">Python, as MMDetection dumps it.</param>
    /// <param name="source">Its name in messages.</param>
    /// <param name="purpose">What the configuration is for.</param>
    /// <exception cref="ConfigException">The text is not of the literal subset, not of PAA, or wants what does not exist
    /// here.</exception>
    public static ImportedConfig Parse(string text, string source, ImportPurpose purpose = ImportPurpose.Run) =>
        Convert(ReadText(text, source), new ConfigLocation(source), purpose);

    /// <summary>Reads a text that says with what weights run. Its values are not checked: the weights know some of them
    /// better.</summary>
    /// <param name="text">Python, as MMDetection dumps it.</param>
    /// <param name="source">Its name in messages.</param>
    /// <returns>The values under our keys, and what was not carried over.</returns>
    /// <exception cref="ConfigException">The text is not of the literal subset, not of PAA, or wants what does not exist
    /// here.</exception>
    internal static (ConfigMapping Tree, IReadOnlyList<ImportNote> Notes) ReadUnchecked(string text, string source)
    {
        var (target, notes) = Translate(ReadText(text, source), new ConfigLocation(source), ImportPurpose.Inference);
        return (target.Tree, notes);
    }

    static PythonConfig ReadText(string text, string source) => PythonParser.Read(text, source,
        bases => throw new ConfigException(bases.Location, "_base_ names other files; this text must stand alone"));

    static ImportedConfig Convert(PythonConfig source, ConfigLocation file, ImportPurpose purpose)
    {
        var (target, notes) = Translate(source, file, purpose);
        var config = ConfigBinder.Bind<PaaConfig>(target.Tree);
        ConfigValidator.Validate(config, target.Locate);
        return new ImportedConfig(config, notes) { Tree = target.Tree };
    }

    static (ImportTarget Target, IReadOnlyList<ImportNote> Notes) Translate(
        PythonConfig source, ConfigLocation file, ImportPurpose purpose)
    {
        var root = new ImportSection(source.Tree, "");
        var target = new ImportTarget(file);
        ModelImport.Read(root, target);
        DataImport.Read(root, target);
        if (purpose == ImportPurpose.Run)
        {
            ScheduleImport.Read(root, target);
            RuntimeImport.Read(root, target);
        }
        return (target, [.. root.Unread().Where(note => !source.UsedNames.Contains(note.Path))]);
    }
}

/// <summary>What an imported configuration is for.</summary>
public enum ImportPurpose
{
    /// <summary>Training, evaluation and inference: everything is read.</summary>
    Run,

    /// <summary>Inference: only the model and the preparation of test images are read, so that nothing about training can be in
    /// the way.</summary>
    Inference,
}

/// <summary>A configuration of MMDetection in our terms.</summary>
/// <param name="Config">The run; valid.</param>
/// <param name="Notes">What was not carried over, in the order of the file.</param>
public sealed record ImportedConfig(PaaConfig Config, IReadOnlyList<ImportNote> Notes)
{
    /// <summary>The values that the file sets, under our keys; each knows where it was written.</summary>
    internal ConfigMapping Tree { get; init; } = new(default, []);
}

/// <summary>What it means that something was not carried over.</summary>
public enum ImportNoteKind
{
    /// <summary>Nothing: logging, backends, visualisers.</summary>
    Meaningless,

    /// <summary>A training from this configuration differs from MMDetection's.</summary>
    ChangesTraining,

    /// <summary>The detections differ from MMDetection's.</summary>
    ChangesBoxes,
}

/// <summary>Something of MMDetection's that was not carried over.</summary>
/// <param name="Kind">What that means.</param>
/// <param name="Location">Where it stands.</param>
/// <param name="Path">The key from the root, <c>model.neck.norm_cfg</c>.</param>
/// <param name="Reason">Why, or what is done instead; null if the key says enough.</param>
public sealed record ImportNote(ImportNoteKind Kind, ConfigLocation Location, string Path, string? Reason = null)
{
    /// <summary><c>file.py:12: model.neck.norm_cfg</c>, and the reason.</summary>
    public override string ToString() => Reason is null ? $"{Location}: {Path}" : $"{Location}: {Path}: {Reason}";
}
