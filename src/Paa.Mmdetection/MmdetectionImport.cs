using System.Globalization;
using Paa.Configuration;
using Paa.Mmdetection.Python;
using Paa.Options;

namespace Paa.Mmdetection;

/// <summary>Turns MMDetection's configurations of PAA, of its versions 2.x and 3.x, into ours.</summary>
/// <remarks>
/// Where MMDetection has another default than we, its default is written out. What cannot be the same here is an error, or a note
/// that says what differs. Nothing is run: a value that Python would have to compute is unknown, and an error only if it is
/// needed.
/// </remarks>
public static class MmdetectionImport
{
    /// <summary>Reads a file with its <c>_base_</c> files: Python, JSON or YAML as mmcv and mmengine read them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c> of our keys, laid over the result in their order; null for
    /// none.</param>
    /// <param name="purpose">What the configuration is for.</param>
    /// <exception cref="ConfigException">The file is not of its language, not of PAA, or wants or needs what there is not
    /// here.</exception>
    public static ImportedConfig Read(
        string path, IReadOnlyList<string>? overrides = null, ImportPurpose purpose = ImportPurpose.Run) =>
        Convert(PythonConfigFile.Read(path), new ConfigLocation(path), purpose, overrides ?? []);

    /// <summary>Reads a text, such as the one that MMDetection stores in a checkpoint. It cannot name other files.</summary>
    /// <param name="text">Python, as MMDetection dumps it.</param>
    /// <param name="source">Its name in messages.</param>
    /// <param name="purpose">What the configuration is for.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c> of our keys, laid over the result in their order; null for
    /// none.</param>
    /// <exception cref="ConfigException">The text is no Python, not of PAA, or wants or needs what there is not
    /// here.</exception>
    public static ImportedConfig Parse(
        string text, string source, ImportPurpose purpose = ImportPurpose.Run, IReadOnlyList<string>? overrides = null) =>
        Convert(PythonConfigFile.Parse(text, source), new ConfigLocation(source), purpose, overrides ?? []);

    /// <summary>Reads a text that says with what weights run. Values are not checked, and may be unknown: who knows the weights
    /// or the command line may know better.</summary>
    /// <param name="text">Python, as MMDetection dumps it.</param>
    /// <param name="source">Its name in messages.</param>
    /// <param name="purpose">Inference or evaluation.</param>
    /// <returns>The values under our keys, and what changes the boxes.</returns>
    /// <exception cref="ConfigException">The text is no Python, not of PAA, or wants what there is not here.</exception>
    internal static (ConfigMapping Tree, IReadOnlyList<ImportNote> Notes) ReadUnchecked(
        string text, string source, ImportPurpose purpose)
    {
        var python = PythonConfigFile.Parse(text, source);
        var (root, target) = Translate(python, new ConfigLocation(source), purpose);
        UnknownValues.Forget(target);
        return (target.Tree, Notes(python, root, target));
    }

    static ImportedConfig Convert(
        PythonConfig source, ConfigLocation file, ImportPurpose purpose, IReadOnlyList<string> overrides)
    {
        var (root, target) = Translate(source, file, purpose);
        target.Override(overrides);
        UnknownValues.Settle(target, purpose);
        var config = Bind(target, purpose);
        return new ImportedConfig(config, Notes(source, root, target)) { Tree = target.Tree };
    }

    static ImportNote[] Notes(PythonConfig source, ImportSection root, ImportTarget target)
    {
        var unread = root.Unread().Where(note => !source.Helpers.Contains(note.Path));
        return [.. target.Notes.Concat(unread).Where(note => target.Trains || note.Kind == ImportNoteKind.ChangesBoxes)];
    }

    static (ImportSection Root, ImportTarget Target) Translate(PythonConfig source, ConfigLocation file, ImportPurpose purpose)
    {
        var target = new ImportTarget(file, purpose);
        var root = new ImportSection(source.Tree, "", target);
        foreach (var place in source.TakenDefaults)
            target.Note(ImportNoteKind.ChangesTraining, place, "{{ $NAME:default }}",
                "the environment is not read, the default is taken");
        ReadAll(root, target);
        return (root, target);
    }

    static void ReadAll(ImportSection root, ImportTarget target)
    {
        ModelImport.Read(root, target);
        if (!target.Evaluates)
        {
            DataImport.ReadForInference(root, target);
            return;
        }
        DataImport.Read(root, target);
        EvaluationImport.Read(root, target);
        if (!target.Trains) return;
        ScheduleImport.Read(root, target);
        RuntimeImport.Read(root, target);
        foreach (var key in (string[])["tta_model", "tta_pipeline"])
            if (root.Take(key) is { } views)
                target.Note(ImportNoteKind.ChangesBoxes, views.Location, key, "with --tta only; its views are those of data.tta");
    }

    static PaaConfig Bind(ImportTarget target, ImportPurpose purpose)
    {
        DropOddClasses(target, purpose);
        var config = ConfigBinder.Bind<PaaConfig>(target.Tree);
        ConfigValidator.Validate(config, target.Locate);
        return config;
    }

    /// <summary>For inference names are a help; a wrong number of them must not be in the way.</summary>
    static void DropOddClasses(ImportTarget target, ImportPurpose purpose)
    {
        if (purpose != ImportPurpose.Inference || target.Tree.Find("data.classes") is not { } names) return;
        var count = (target.Tree.Find("model.bbox_head.num_classes") as ConfigScalar)?.Text ?? "80";
        if (names is ConfigList list && list.Items.Count.ToString(CultureInfo.InvariantCulture) == count
            && list.Items.All(item => item is ConfigScalar { Text: not null })
            && list.Items.DistinctBy(item => ((ConfigScalar)item).Text).Count() == list.Items.Count) return;
        target.Note(ImportNoteKind.Meaningless, names.Location, "data.classes",
            $"are not {count} different names, and are not used");
        target.Remove("data.classes");
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

    /// <summary>Evaluation of weights: as for inference, and the data sets <c>val</c> and <c>test</c> and the metrics.</summary>
    Evaluation,
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
