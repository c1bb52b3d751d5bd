using System.Numerics;
using System.Runtime.CompilerServices;

namespace Paa.Assignment;

/// <summary>A mixture ready to be evaluated at many losses: the expectation half of EM.</summary>
/// <param name="low">Component 0.</param>
/// <param name="high">Component 1.</param>
readonly struct MixtureDensity(WeightedDensity low, WeightedDensity high)
{
    /// <summary>Where a fit of losses between these two starts.</summary>
    public static MixtureDensity StartingAt(float lowest, float highest) =>
        new(WeightedDensity.StartingAt(lowest), WeightedDensity.StartingAt(highest));

    /// <summary>Sums what the maximisation step needs over all losses.</summary>
    public ExpectedSums Expect(in LossVectors losses)
    {
        var (lowMass, lowSum, lowSquares) = (Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero);
        var (highMass, highSum, highSquares) = (Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero);
        var logLikelihood = Vector<double>.Zero;
        for (var i = 0; i < losses.Count; i += Vector<double>.Count)
        {
            var (x, squares, present) = (losses.Value(i), losses.Square(i), losses.Present(i));
            Evaluate(x, squares, out var logOdds, out var logDensity, out var ratio);
            var larger = present / (Vector<double>.One + ratio);                // responsibility of the likelier component
            var smaller = ratio * larger;
            var isLow = Vector.GreaterThanOrEqual(logOdds, Vector<double>.Zero);
            var lowPart = Vector.ConditionalSelect(isLow, larger, smaller);
            var highPart = Vector.ConditionalSelect(isLow, smaller, larger);
            lowMass += lowPart;
            lowSum += lowPart * x;
            lowSquares += lowPart * squares;
            highMass += highPart;
            highSum += highPart * x;
            highSquares += highPart * squares;
            logLikelihood += logDensity * present;
        }
        return new ExpectedSums(
            new(Vector.Sum(lowMass), Vector.Sum(lowSum), Vector.Sum(lowSquares)),
            new(Vector.Sum(highMass), Vector.Sum(highSum), Vector.Sum(highSquares)),
            Vector.Sum(logLikelihood));
    }

    /// <summary>Evaluates every loss.</summary>
    /// <param name="losses">The losses.</param>
    /// <param name="logDensity">Receives the log density of the mixture, one a loss.</param>
    /// <param name="logOdds">Receives the log odds of component 0 against component 1, one a loss.</param>
    public void Evaluate(in LossVectors losses, Span<double> logDensity, Span<double> logOdds)
    {
        for (var i = 0; i < losses.Count; i += Vector<double>.Count)
        {
            Evaluate(losses.Value(i), losses.Square(i), out var odds, out var density, out _);
            for (var lane = 0; lane < Math.Min(Vector<double>.Count, losses.Count - i); lane++)
                (logDensity[i + lane], logOdds[i + lane]) = (density[lane], odds[lane]);
        }
    }

    /// <summary>Log odds d of component 0, log density of the mixture, and exp(-|d|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Evaluate(Vector<double> x, Vector<double> squares,
        out Vector<double> logOdds, out Vector<double> logDensity, out Vector<double> ratio)
    {
        var (logLow, logHigh) = (low.Log(x, squares), high.Log(x, squares));
        logOdds = logLow - logHigh;
        ratio = Vector.Exp(-Vector.Abs(logOdds));
        logDensity = Vector.Max(logLow, logHigh) + Vector.Log(Vector<double>.One + ratio);
    }
}
