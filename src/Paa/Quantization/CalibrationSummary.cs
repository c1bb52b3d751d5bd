namespace Paa.Quantization;

/// <summary>How the numbers of a quantisation were found.</summary>
/// <param name="Images">Images that were looked at.</param>
/// <param name="Method">How the ranges of maps were chosen.</param>
/// <param name="KeptLayers">Layers that stay in single precision.</param>
/// <param name="ScoreError">Root mean square change of scores on some of these images, see <see cref="OutputError"/>.</param>
/// <param name="BoxError">Mean IoU that boxes lose there.</param>
public sealed record CalibrationSummary(
    int Images, RangeMethod Method, IReadOnlyList<string> KeptLayers, double ScoreError, double BoxError);
