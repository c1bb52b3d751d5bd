namespace Paa.Evaluation;

/// <summary>How well one class is found; -1 where there is no value.</summary>
/// <param name="Label">Its label in the data set.</param>
/// <param name="CategoryId">Its category id.</param>
/// <param name="Name">Its name.</param>
/// <param name="AP">Mean precision over IoU 0.5 to 0.95, all areas, 100 detections.</param>
/// <param name="AP50">The same at IoU 0.5.</param>
/// <param name="AR100">Mean recall over IoU 0.5 to 0.95, all areas, 100 detections.</param>
/// <param name="ObjectCount">Objects to find, without crowds.</param>
public sealed record ClassMetrics(int Label, long CategoryId, string Name, double AP, double AP50, double AR100, int ObjectCount);
