using System.Globalization;
using Paa.Boxes;

namespace Paa.Inference;

/// <summary>One detected object.</summary>
/// <param name="Box">Corners in pixels of the original image (or of the network's input, where a method says so).</param>
/// <param name="Score">sqrt(class score * predicted IoU), in (0, 1).</param>
/// <param name="Label">Contiguous class index, 0..K-1.</param>
public readonly record struct Detection(Box Box, float Score, int Label)
{
    /// <summary>Name of its class; <c>class 3</c> where only the label is known.</summary>
    public string Name
    {
        get => field ?? string.Create(CultureInfo.InvariantCulture, $"class {Label}");
        init;
    }
}

/// <summary>Operations on the detections of an image.</summary>
public static class Detections
{
    /// <summary>The detections with at least a score, best first, for display.</summary>
    /// <param name="detections">Detections in any order; those of equal score keep it.</param>
    /// <param name="minScore">Lowest score to keep.</param>
    public static Detection[] BestFirst(this IEnumerable<Detection> detections, float minScore) =>
        [.. detections.Where(detection => detection.Score >= minScore).OrderByDescending(detection => detection.Score)];
}
