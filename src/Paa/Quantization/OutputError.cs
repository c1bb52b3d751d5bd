using Paa.Boxes;
using Paa.Models;

namespace Paa.Quantization;

/// <summary>How far the outputs of a network are from those in single precision, where it matters: at its best anchors.</summary>
/// <param name="Score">Root mean square change of the score, sqrt(class score * IoU score) of the best class.</param>
/// <param name="Box">IoU that the decoded box loses, in the mean: 0 for the same box.</param>
public readonly record struct OutputError(double Score, double Box)
{
    /// <summary>Anchors of an image that are looked at: those of the highest scores in single precision.</summary>
    public const int AnchorsPerImage = 1000;

    /// <summary>One number to rank by.</summary>
    public double Total => Score + Box;

    /// <summary>Compares the outputs for one image.</summary>
    /// <param name="expected">In single precision.</param>
    /// <param name="actual">Of the same levels.</param>
    /// <param name="grid">Their anchors.</param>
    internal static OutputError Between(LevelOutput[] expected, LevelOutput[] actual, AnchorGrid grid)
    {
        var best = expected
            .SelectMany((level, l) =>
                Enumerable.Range(0, level.Size.Area).Select(i => (Level: l, Place: i, Best: Best(level, i))))
            .OrderByDescending(anchor => anchor.Best.Score).Take(AnchorsPerImage).ToArray();
        double squares = 0, lost = 0;
        foreach (var (level, place, (label, score)) in best)
        {
            var change = ScoreOf(actual[level], label, place) - score;
            squares += change * change;
            var anchor = grid.Boxes[grid.LevelStarts[level] + place];
            lost += 1 - BoxOverlap.Iou(Decode(expected[level], place, anchor), Decode(actual[level], place, anchor));
        }
        return new OutputError(Math.Sqrt(squares / best.Length), lost / best.Length);
    }

    /// <summary>Over several images.</summary>
    internal static OutputError Mean(IReadOnlyCollection<OutputError> errors) => new(
        Math.Sqrt(errors.Average(error => error.Score * error.Score)), errors.Average(error => error.Box));

    static (int Label, double Score) Best(LevelOutput level, int place)
    {
        var plane = level.Size.Area;
        var logits = level.ClassLogits.Span;
        var best = 0;
        for (var label = 1; label < logits.Length / plane; label++)
            if (logits[(label * plane) + place] > logits[(best * plane) + place]) best = label;
        return (best, ScoreOf(level, best, place));
    }

    static double ScoreOf(LevelOutput level, int label, int place) => Math.Sqrt(
        Sigmoid(level.ClassLogits.Span[(label * level.Size.Area) + place]) * Sigmoid(level.IouLogits.Span[place]));

    static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));

    static Box Decode(LevelOutput level, int place, in Box anchor)
    {
        var plane = level.Size.Area;
        var deltas = level.BoxDeltas.Span;
        return BoxCoder.Decode(anchor, new BoxDeltas(
            deltas[place], deltas[plane + place], deltas[(2 * plane) + place], deltas[(3 * plane) + place]));
    }
}
