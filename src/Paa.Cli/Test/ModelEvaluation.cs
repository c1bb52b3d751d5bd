using Paa.Cli.Shared;
using Paa.Data;
using Paa.Detectors;
using Paa.Engines;
using Paa.Evaluation;
using Paa.Export;
using Paa.Options;
using Paa.Training.Distributed;

namespace Paa.Cli.Test;

/// <summary>Evaluates a detector from a file on a data set.</summary>
static class ModelEvaluation
{
    /// <summary>Detects and computes the metrics, with a progress bar.</summary>
    /// <param name="shell">Shows progress and problems with the data.</param>
    /// <param name="loaded">The detector.</param>
    /// <param name="choose">Chooses the data set from its configuration.</param>
    /// <param name="inference">Engine, precision and threads.</param>
    /// <param name="world">Processes that share the images; null for this one alone.</param>
    /// <returns>The data set, its labels in the detector's order, and the evaluation.</returns>
    public static (CocoDataset Dataset, DetectorEvaluation Evaluation) Run(
        Shell shell, LoadedDetector loaded, Func<PaaConfig, DatasetOptions> choose, InferenceOptions inference,
        World? world = null)
    {
        var options = choose(loaded.Config);
        var dataset = LoadDataset(world is { IsMain: false } ? shell.Silent() : shell, options, loaded);
        var (network, notice) = loaded.CreateNetwork(inference);
        using var _ = network;
        if (world is not { IsMain: false })
        {
            foreach (var text in loaded.Notices) shell.Warn(text);
            if (notice is not null) shell.Warn(notice);
        }
        var shared = new SharedEvaluation(dataset, loaded.Config, options, world ?? World.Single, inference.TestTimeAugmentation);
        var evaluation = ProgressBar.Show(shell, "images", dataset.Images.Count,
            progress => shared.Evaluate(network, (done, _) => progress.Report(done), shell.Stop));
        foreach (var finding in evaluation.Findings) shell.Warn(finding.ToString());
        return (dataset, evaluation);
    }

    /// <summary>Loads the data set with its labels in the detector's order: by name, or else in the order of the file.</summary>
    static CocoDataset LoadDataset(Shell shell, DatasetOptions options, LoadedDetector detector)
    {
        var (dataset, classes) = (CocoDataset.Load(options), detector.Classes);
        var isTheirs = detector.Settings.HasClassesOfMeta && PaaMeta.Of(detector.Weights.Meta).Config is null;
        if (dataset.Classes.SequenceEqual(classes)) return dataset;
        if (classes.All(dataset.Classes.Contains))
        {
            if (isTheirs && !dataset.Classes.Where(classes.Contains).SequenceEqual(classes))
                shell.Warn("the annotations list the classes in another order than the checkpoint: they are matched by name. "
                    + "MMDetection goes by the order of the annotations: if the training had the order of these, add "
                    + $"--set data.classes=[{string.Join(", ", dataset.Classes.Where(classes.Contains))}].");
            return CocoDataset.Load(options, classes);
        }
        if (dataset.Classes.Count != classes.Count)
            throw new DataException(string.Join(", ", options.AnnotationFiles), $"{dataset.Classes.Count} classes "
                + $"({Names(dataset.Classes)}), but the detector knows {classes.Count} ({Names(classes)}).");
        shell.Warn($"the detector calls its classes {Names(classes)}, the annotations {Names(dataset.Classes)}: "
            + "they are matched in this order.");
        return dataset;
    }

    static string Names(IReadOnlyList<string> names)
    {
        const int Shown = 5;
        return string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? ", ..." : "");
    }
}
