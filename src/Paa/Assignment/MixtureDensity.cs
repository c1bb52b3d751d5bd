using System.Numerics;
using System.Runtime.CompilerServices;

namespace Paa.Assignment;

/// <summary>A mixture prepared for evaluation at many losses: the expectation step of EM.</summary>
/// <param name="low">Component 0.</param>
/// <param name="high">Component 1.</param>
readonly struct MixtureDensity(WeightedDensity low, WeightedDensity high)
{
    /// <summary>The initial mixture of a fit to losses between these two.</summary>
    public static MixtureDensity StartingAt(float lowest, float highest) =>
        new(WeightedDensity.StartingAt(lowest), WeightedDensity.StartingAt(highest));

    /// <summary>Computes the sums over all losses that the maximisation step needs.</summary>
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

    /// <summary>Evaluates the mixture at every loss.</summary>
    /// <param name="losses">The losses.</param>
    /// <param name="logDensity">Receives the log density of the mixture, one per loss.</param>
    /// <param name="logOdds">Receives the log odds of component 0 against component 1, one per loss.</param>
    public void Evaluate(in LossVectors losses, Span<double> logDensity, Span<double> logOdds)
    {
        for (var i = 0; i < losses.Count; i += Vector<double>.Count)
        {
            Evaluate(losses.Value(i), losses.Square(i), out var odds, out var density, out _);
            for (var lane = 0; lane < Math.Min(Vector<double>.Count, losses.Count - i); lane++)
                (logDensity[i + lane], logOdds[i + lane]) = (density[lane], odds[lane]);
        }
    }

    /// <summary>Computes the log odds d of component 0, the log density of the mixture, and exp(-|d|).</summary>
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

/// <summary>Log of weight times density of one component, in a form that is quick to evaluate.</summary>
readonly struct WeightedDensity
{
    static readonly double LogTwoPi = Math.Log(2 * Math.PI);

    readonly double _precision, _meanTimesPrecision, _squaredMeanTimesPrecision, _logDeviation, _logWeight;

    /// <summary>Prepares the density of a fitted component.</summary>
    public WeightedDensity(GaussianComponent component)
        : this(component.Weight, component.Mean, component.Mean * component.Mean, 1 / Math.Sqrt(component.Variance)) { }

    WeightedDensity(double weight, double mean, double squaredMean, double inverseDeviation)
    {
        _precision = inverseDeviation * inverseDeviation;
        _meanTimesPrecision = mean * _precision;
        _squaredMeanTimesPrecision = squaredMean * _precision;
        _logDeviation = Math.Log(inverseDeviation);
        _logWeight = Math.Log(weight);
    }

    /// <summary>The initial component of a fit: weight 0.5, centred on a loss, variance 1.</summary>
    public static WeightedDensity StartingAt(float loss) => new(0.5, loss, loss * loss, 1);

    /// <summary>Evaluates a vector of losses.</summary>
    /// <param name="x">The losses.</param>
    /// <param name="squares">Their squares. They are rounded to single precision, so they are not computed here.</param>
    public Vector<double> Log(Vector<double> x, Vector<double> squares)
    {
        var distance = Vector.Create(_squaredMeanTimesPrecision) - 2 * (x * _meanTimesPrecision) + squares * _precision;
        return -0.5 * (Vector.Create(LogTwoPi) + distance) + Vector.Create(_logDeviation) + Vector.Create(_logWeight);
    }
}

/// <summary>Sums over losses, weighted by the responsibility of one component.</summary>
/// <param name="Mass">Sum of the responsibilities.</param>
/// <param name="Sum">Sum of the losses.</param>
/// <param name="SquareSum">Sum of the squared losses.</param>
readonly record struct ComponentSums(double Mass, double Sum, double SquareSum);

/// <summary>The outcome of an expectation step.</summary>
/// <param name="Low">Sums of component 0.</param>
/// <param name="High">Sums of component 1.</param>
/// <param name="LogLikelihood">Sum of the log densities of the mixture.</param>
readonly record struct ExpectedSums(ComponentSums Low, ComponentSums High, double LogLikelihood);

/// <summary>Losses and their squares as vectors of doubles, in borrowed memory.</summary>
/// <remarks>The squares are first rounded to single precision, as scikit-learn does with single-precision samples.</remarks>
readonly ref struct LossVectors
{
    readonly Span<double> _values, _squares;

    /// <param name="losses">The losses.</param>
    /// <param name="memory">Room for twice <see cref="PaddedLength"/> values.</param>
    public LossVectors(ReadOnlySpan<float> losses, Span<double> memory)
    {
        Count = losses.Length;
        var padded = PaddedLength(Count);
        _values = memory[..padded];
        _squares = memory[padded..(2 * padded)];
        for (var i = 0; i < padded; i++)
        {
            var loss = losses[Math.Min(i, Count - 1)];
            (_values[i], _squares[i]) = (loss, loss * loss);
        }
    }

    /// <summary>Number of losses.</summary>
    public int Count { get; }

    /// <summary>A number of losses rounded up to whole vectors.</summary>
    public static int PaddedLength(int count) => (count + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;

    /// <summary>The losses from an index on; past the end, copies of the last one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Value(int start) => Vector.Create<double>(_values[start..]);

    /// <summary>Their squares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Square(int start) => Vector.Create<double>(_squares[start..]);

    /// <summary>1 where there is a loss, 0 past the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Present(int start) => Vector.ConditionalSelect(
        Vector.LessThan(Vector<double>.Indices, Vector.Create((double)(Count - start))), Vector<double>.One, Vector<double>.Zero);
}
