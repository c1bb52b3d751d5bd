using System.Numerics;
using System.Runtime.CompilerServices;
using Paa.Numerics;

namespace Paa.Inference;

/// <summary>Selects the candidates of a level: pairs of an anchor and a class that scores there.</summary>
interface ICandidateSelector
{
    /// <summary>Adds a level's candidates.</summary>
    /// <param name="classLogits">[K, H * W].</param>
    /// <param name="iouLogits">[H * W].</param>
    /// <param name="candidates">Receives one box per returned anchor, not yet decoded, and the candidates of these boxes.</param>
    /// <returns>Positions of the added boxes, in reused memory.</returns>
    ReadOnlySpan<int> Select(ReadOnlySpan<float> classLogits, ReadOnlySpan<float> iouLogits, ScoredBoxes candidates);
}

/// <summary>The score of a class at an anchor: sqrt(class score * IoU score); Kim and Lee, ECCV 2020, section 3.2.</summary>
static class JointScore
{
    /// <summary>
    /// Slack in <see cref="LeastLogit"/>: far above the rounding of a score, yet so small that it costs no time.
    /// </summary>
    const float Slack = 1e-5f;

    /// <summary>Computes the scores of classes at anchors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> classLogits, Vector<float> iouScores) =>
        Vector.SquareRoot(Logistic.Sigmoid(classLogits) * iouScores);

    /// <summary>A bound: only class logits above it can score above the threshold, so no others need a sigmoid.</summary>
    public static Vector<float> LeastLogit(Vector<float> iouScores, float threshold)
    {
        var leastScore = Vector.Create(MathF.Max(threshold, 0) * threshold * (1 - Slack)) / iouScores;
        var logit = Vector.Log(leastScore / (Vector<float>.One - leastScore));
        return Vector.ConditionalSelect(
            Vector.LessThan(leastScore, Vector<float>.One), logit, Vector.Create(float.PositiveInfinity));
    }
}
