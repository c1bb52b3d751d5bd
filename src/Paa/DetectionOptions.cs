using Paa.Configuration;
using Paa.Detectors;
using Paa.Inference;
using Paa.Options;

namespace Paa;

/// <summary>What a call of <see cref="Detector"/> looks for and keeps. What is null is as the detector is configured.</summary>
/// <example><code>
/// var people = detector.Detect("street.jpg", new() { MinScore = 0.5f, Classes = ["person"] });
/// </code></example>
public sealed record DetectionOptions
{
    /// <summary>Lowest score, 0 to 1. Published detectors are configured to keep 0.05 and more, which is what evaluation needs;
    /// people look at 0.3 and more.</summary>
    public float? MinScore { get; init; }

    /// <summary>The most objects of an image, at least 1; the best are kept. Published detectors: 100.</summary>
    public int? MaxDetections { get; init; }

    /// <summary>Names of the classes that count; null or none: all.</summary>
    public IReadOnlyCollection<string>? Classes { get; init; }

    /// <summary>IoU above which the better of two boxes of a class suppresses the other, 0 to 1. Published detectors:
    /// 0.6.</summary>
    public float? NmsIouThreshold { get; init; }

    /// <summary>Whether boxes are refined by the boxes around them: Kim and Lee, ECCV 2020, section 3.3.</summary>
    public bool? ScoreVoting { get; init; }
}

/// <summary>The options of a call, with those of a detector for what they leave open.</summary>
/// <param name="Limits">For post-processing: wide enough for what the call keeps.</param>
/// <param name="Voting">Whether boxes are refined.</param>
/// <param name="MinScore">Lowest score of what is kept.</param>
/// <param name="MaxCount">The most objects; null for no limit.</param>
/// <param name="Labels">The classes that count; null for all.</param>
sealed record CallOptions(
    PostProcessingOptions Limits, bool Voting, float MinScore, int? MaxCount, IReadOnlySet<int>? Labels)
{
    /// <summary>Fills in what options leave open.</summary>
    /// <param name="options">Of the call; null: nothing is given.</param>
    /// <param name="defaults">Of the detector.</param>
    /// <param name="loaded">Its configuration and classes.</param>
    /// <exception cref="ArgumentException">A value is out of its range, or a class is not known.</exception>
    public static CallOptions Of(DetectionOptions? options, DetectionOptions? defaults, LoadedDetector loaded)
    {
        var limits = loaded.Config.Model.PostProcessing;
        var minScore = options?.MinScore ?? defaults?.MinScore;
        var maxCount = options?.MaxDetections ?? defaults?.MaxDetections;
        var iou = options?.NmsIouThreshold ?? defaults?.NmsIouThreshold;
        ThrowIfNoFraction(minScore, nameof(DetectionOptions.MinScore));
        ThrowIfNoFraction(iou, nameof(DetectionOptions.NmsIouThreshold));
        if (maxCount < 1)
            throw new ArgumentException($"DetectionOptions.MaxDetections: expected at least 1, got {maxCount}.", nameof(options));
        limits = limits with
        {
            // A higher score is asked of the results, so that boxes below it still count in voting.
            ScoreThreshold = Math.Min(limits.ScoreThreshold, minScore ?? limits.ScoreThreshold),
            NmsIouThreshold = iou ?? limits.NmsIouThreshold,
            MaxDetections = maxCount > limits.MaxDetections && limits.MaxDetections > 0 ? maxCount.Value : limits.MaxDetections,
        };
        return new CallOptions(limits, options?.ScoreVoting ?? defaults?.ScoreVoting ?? loaded.Config.Model.Head.ScoreVoting,
            minScore ?? 0, maxCount, LabelsOf(options?.Classes ?? defaults?.Classes, loaded.Classes));
    }

    /// <summary>What counts of an image's detections, best first, with the names of their classes.</summary>
    public Detection[] Keep(Detection[] detections, IReadOnlyList<string> names)
    {
        var counted = detections.Where(found => Labels?.Contains(found.Label) ?? true).BestFirst(MinScore);
        if (MaxCount is { } most && counted.Length > most) counted = counted[..most];
        foreach (ref var found in counted.AsSpan()) found = found with { Name = names[found.Label] };
        return counted;
    }

    static HashSet<int>? LabelsOf(IReadOnlyCollection<string>? names, IReadOnlyList<string> known)
    {
        if (names is not { Count: > 0 }) return null;
        var labels = new HashSet<int>();
        foreach (var name in names)
        {
            var count = labels.Count;
            for (var label = 0; label < known.Count; label++)
                if (known[label] == name) labels.Add(label);
            if (labels.Count > count || known.Contains(name)) continue;
            var nearest = NearestName.Find(name, known);
            throw new ArgumentException($"DetectionOptions.Classes: the detector has no class '{name}'"
                + (nearest is null ? "." : $", did you mean '{nearest}'?"), nameof(names));
        }
        return labels;
    }

    static void ThrowIfNoFraction(float? value, string name)
    {
        if (value is not (null or (>= 0 and <= 1)))
            throw new ArgumentException($"DetectionOptions.{name}: expected 0 to 1, got {value}.");
    }
}
