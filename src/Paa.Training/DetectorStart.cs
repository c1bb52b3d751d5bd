using System.Globalization;
using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>Fine-tuning: starts a detector from the weights of another one, which may have other classes and another head,
/// neck or depth.</summary>
/// <remarks>
/// A part of the network (a residual block, a convolution of a tower with its norm) is taken whole or not at all: a norm knows
/// the statistics of its convolution only. Classes are found by name, so their order may change.
/// </remarks>
static class DetectorStart
{
    /// <summary>Below this share of the backbone's weights a file is no start: the rest never saw such features.</summary>
    const double LeastShare = 0.25;

    const string Backbone = "backbone";
    const string ClassLayer = "bbox_head.atss_cls";

    /// <summary>Loads what fits into a network of random weights.</summary>
    /// <param name="detector">The network.</param>
    /// <param name="path">A checkpoint of a detector, for messages too.</param>
    /// <param name="classes">Names of the network's classes in label order; null if they are not known.</param>
    /// <param name="notice">Receives one message if something was not taken as it is.</param>
    /// <exception cref="TrainingException">The file is that of another network.</exception>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    public static void Load(TorchDetector detector, string path, IReadOnlyList<string>? classes, Action<string> notice)
    {
        var weights = StateDict.Load(path);
        var match = WeightMatch.Of(weights, detector.Network.Parameters);
        var strange = match.Mismatched.Select(mismatch => mismatch.Name).Concat(match.Missing.Where(IsNeeded))
            .Select(PartOf).Distinct().ToList();
        var taken = match with { Fitting = [.. match.Fitting.Where(pair => !strange.Contains(PartOf(pair.Key)))] };
        CheckShare(detector, match, taken, path);

        var rows = ClassRows.Find(weights, ClassLayer, detector.Network.Parameters, classes);
        if (rows is not null)
        {
            strange.Remove(ClassLayer);
            taken = taken with { Fitting = [.. taken.Fitting.Where(pair => PartOf(pair.Key) != ClassLayer), .. Merged(rows)] };
        }
        detector.Load(taken);

        string[] sentences = [.. Differences(match, strange), .. rows?.Describe() ?? [], .. Frozen(detector, strange)];
        if (sentences.Length > 0) notice($"load_from: {path} fits this network in part. {string.Join(" ", sentences)}");

        IEnumerable<KeyValuePair<string, StoredTensor>> Merged(ClassRows found)
        {
            foreach (var name in new[] { $"{ClassLayer}.weight", $"{ClassLayer}.bias" })
                yield return new(name, found.Merge(weights[name], detector.Parameters[name].Tensor.ToStored()));
        }
    }

    /// <summary>The part of a network that a parameter belongs to: <c>backbone.layer1.0</c>, <c>bbox_head.cls_convs.0</c>,
    /// <c>backbone</c> for the stem.</summary>
    internal static string PartOf(string name)
    {
        var names = name.Split('.');
        return string.Join('.', names[..(names.Length >= 4 ? 3 : names[0] == Backbone ? 1 : 2)]);
    }

    static void CheckShare(TorchDetector detector, WeightMatch match, WeightMatch taken, string path)
    {
        var all = detector.Network.Parameters.Where(parameter => IsOfBackbone(parameter.Name)).Sum(parameter => parameter.Count);
        var share = taken.Fitting.Where(pair => IsOfBackbone(pair.Key)).Sum(pair => pair.Value.Count) / (double)all;
        if (share >= LeastShare) return;
        var backbone = detector.Network.Options.Backbone;
        throw new TrainingException(match.ToException(string.Create(CultureInfo.InvariantCulture,
            $"load_from: {path} belongs to another network: {share:P0} of the weights of this backbone (depth {backbone.Depth}, "
            + $"{backbone.BaseChannels} base channels, {backbone.Norm}) fit; at least {LeastShare:P0} must, because the "
            + $"rest of the detector builds on them")));

        static bool IsOfBackbone(string name) => name.StartsWith(Backbone + ".", StringComparison.Ordinal);
    }

    /// <summary>What keeps its random start and why, and what of the file is not used.</summary>
    static IEnumerable<string> Differences(WeightMatch match, List<string> strange)
    {
        var shapes = match.Mismatched.DistinctBy(mismatch => PartOf(mismatch.Name))
            .Where(mismatch => strange.Contains(PartOf(mismatch.Name))).ToList();
        var lacking = strange.Except(shapes.Select(mismatch => PartOf(mismatch.Name))).ToList();
        if (lacking.Count > 0) yield return $"It lacks {Some(lacking)}.";
        if (shapes.Count > 0) yield return $"It has in another shape {Some(shapes)}.";
        var unused = match.Unexpected.Select(PartOf).Distinct().Except(strange).ToList();
        if (unused.Count > 0) yield return $"Of it {Some(unused)} {(unused.Count == 1 ? "is" : "are")} not used.";
    }

    /// <summary>A warning of random weights that training does not change.</summary>
    static IEnumerable<string> Frozen(TorchDetector detector, List<string> strange)
    {
        var frozen = detector.Network.Parameters.Where(parameter => parameter is { IsBuffer: false, IsTrainable: false })
            .Select(parameter => PartOf(parameter.Name)).Distinct().Intersect(strange).ToList();
        if (frozen.Count > 0)
            yield return $"{Some(frozen)} {(frozen.Count == 1 ? "is" : "are")} random and frozen: lower "
                + "model.backbone.frozen_stages.";
    }

    /// <summary>The first items, and how many more there are.</summary>
    internal static string Some<T>(IReadOnlyList<T> items, int shown = 4) =>
        string.Join(", ", items.Take(shown)) + (items.Count > shown ? $" and {items.Count - shown} more" : "");

    /// <summary>Nothing reads the counters of batches, and old files lack them.</summary>
    static bool IsNeeded(string name) => !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);
}
