using Paa.Configuration;
using Paa.Data;
using Paa.Evaluation;
using Paa.Inference;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Training;
using Paa.Training.Distributed;

namespace Paa.Cli.Commands;

/// <summary>Runs a detector of a file over a data set.</summary>
static class ModelEvaluation
{
    /// <summary>Detects and measures, under a progress bar.</summary>
    /// <param name="shell">Shows progress and what is wrong with the data.</param>
    /// <param name="checkpoint">The weights: a file, a name of the zoo, or an address.</param>
    /// <param name="config">Overrides the checkpoint's own configuration; null: it tells itself.</param>
    /// <param name="choose">The data set to use, from the configuration in force.</param>
    /// <param name="device">Where the network runs.</param>
    /// <param name="isAugmented">Look at every image in the ways of <c>data.tta</c>.</param>
    /// <param name="engine">What computes the network.</param>
    /// <param name="precision">Whether a quantised detector is computed in int8.</param>
    /// <param name="world">Processes that share the images; null: this one alone.</param>
    /// <returns>The data set, its labels in the detector's order, and what was found in it.</returns>
    public static (CocoDataset Dataset, DetectorEvaluation Evaluation) Run(
        Shell shell, string checkpoint, PaaConfig? config, Func<PaaConfig, DatasetOptions> choose, Device device = default,
        bool isAugmented = false, InferenceEngine engine = InferenceEngine.Auto,
        InferencePrecision precision = InferencePrecision.Auto, World? world = null)
    {
        var loaded = DetectorFile.Load(WeightArgument.Resolve(shell, checkpoint), device, config);
        using var detector = loaded.Detector;
        var options = choose(loaded.Config);
        var dataset = LoadDataset(shell, options, loaded.Classes);
        if (world is not { IsMain: false } && engine.Notice(detector, loaded.Quantization, precision) is { } notice) shell.Warn(notice);
        var evaluator = new DetectorEvaluator(dataset, loaded.Config, options, isAugmented, world);
        var evaluation = ProgressBar.Show(shell, "images", evaluator.ImageCount,
            progress => evaluator.Evaluate(detector, (done, _) => progress.Report(done), shell.Stop,
                network => engine.Create(network, loaded.Quantization, precision)));
        foreach (var finding in evaluation.Findings) shell.Warn(finding.ToString());
        return (dataset, evaluation);
    }

    /// <summary>The data set with its labels in the detector's order: by name, or else as the file has them.</summary>
    static CocoDataset LoadDataset(Shell shell, DatasetOptions options, IReadOnlyList<string> classes)
    {
        var dataset = CocoDataset.Load(options);
        if (dataset.Classes.SequenceEqual(classes)) return dataset;
        if (classes.All(dataset.Classes.Contains)) return CocoDataset.Load(options, classes);
        if (dataset.Classes.Count != classes.Count)
            throw new DataException(string.Join(", ", options.AnnotationFiles), $"{dataset.Classes.Count} classes "
                + $"({Names(dataset.Classes)}), but the detector knows {classes.Count} ({Names(classes)}).");
        shell.Warn($"the detector calls its classes {Names(classes)}, the annotations {Names(dataset.Classes)}: "
            + "they are taken in this order.");
        return dataset;
    }

    static string Names(IReadOnlyList<string> names)
    {
        const int Shown = 5;
        return string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? ", ..." : "");
    }
}
