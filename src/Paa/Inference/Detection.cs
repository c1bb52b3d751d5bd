using Paa.Boxes;

namespace Paa.Inference;

/// <summary>One detected object.</summary>
/// <param name="Box">Corners in pixels of the original image (or of the network's input, where a method says so).</param>
/// <param name="Score">sqrt(class score * predicted IoU), in (0, 1).</param>
/// <param name="Label">Contiguous class index, 0..K-1.</param>
public readonly record struct Detection(Box Box, float Score, int Label);

/// <summary>What is done with the detections of an image.</summary>
public static class Detections
{
    /// <summary>The detections that people look at: those from a score on, the best first.</summary>
    /// <param name="detections">In any order; equal scores keep it.</param>
    /// <param name="minScore">Lowest score that is kept.</param>
    public static Detection[] BestFirst(this IEnumerable<Detection> detections, float minScore) =>
        [.. detections.Where(detection => detection.Score >= minScore).OrderByDescending(detection => detection.Score)];
}
