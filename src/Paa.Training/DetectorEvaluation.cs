using Paa.Data;
using Paa.Evaluation;

namespace Paa.Training;

/// <summary>What a detector found in a data set and how good that is.</summary>
/// <param name="Results">Every detection, images in order.</param>
/// <param name="Metrics">COCO's numbers.</param>
/// <param name="Findings">Images that could not be read; their objects count as missed.</param>
public sealed record DetectorEvaluation(CocoResult[] Results, CocoMetrics Metrics, IReadOnlyList<Finding> Findings);
