using System.Numerics;
using System.Runtime.CompilerServices;
using Paa.Options;

namespace Paa.Assignment;

/// <summary>A mixture prepared for evaluation at many losses.</summary>
/// <param name="low">Component 0.</param>
/// <param name="high">Component 1.</param>
readonly struct MixtureDensity(WeightedDensity low, WeightedDensity high)
{
    /// <summary>The initial mixture of a fit to losses between these two.</summary>
    public static MixtureDensity StartingAt(float lowest, float highest, CovarianceType covariance) =>
        new(WeightedDensity.StartingAt(lowest, covariance), WeightedDensity.StartingAt(highest, covariance));

    /// <summary>The expectation step of EM: divides every loss between the components.</summary>
    /// <param name="losses">The losses.</param>
    /// <param name="lowShares">Receives the responsibility of component 0 for each loss; 0 past the end.</param>
    /// <param name="highShares">Receives that of component 1.</param>
    /// <returns>The log likelihood: the sum of the log densities of the mixture.</returns>
    public double Expect(in LossVectors losses, Span<double> lowShares, Span<double> highShares)
    {
        var logLikelihood = Vector<double>.Zero;
        for (var i = 0; i < losses.Count; i += Vector<double>.Count)
        {
            Evaluate(losses.Value(i), losses.Square(i), out var logOdds, out var logDensity, out var ratio);
            var present = losses.Present(i);
            var larger = present / (Vector<double>.One + ratio);                // responsibility of the likelier component
            var smaller = ratio * larger;
            var isLow = Vector.GreaterThanOrEqual(logOdds, Vector<double>.Zero);
            Vector.ConditionalSelect(isLow, larger, smaller).CopyTo(lowShares[i..]);
            Vector.ConditionalSelect(isLow, smaller, larger).CopyTo(highShares[i..]);
            logLikelihood += logDensity * present;
        }
        return Vector.Sum(logLikelihood);
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

    readonly CovarianceType _covariance;
    readonly double _mean, _squaredMean, _inverseDeviation, _logDeviation, _logWeight;

    /// <summary>Prepares the density of a fitted component.</summary>
    public WeightedDensity(GaussianComponent component, CovarianceType covariance)
        : this(component.Weight, component.Mean, component.Mean * component.Mean, 1 / Math.Sqrt(component.Variance), covariance)
    {
    }

    WeightedDensity(double weight, double mean, double squaredMean, double inverseDeviation, CovarianceType covariance)
    {
        (_covariance, _mean, _squaredMean, _inverseDeviation) = (covariance, mean, squaredMean, inverseDeviation);
        _logDeviation = Math.Log(inverseDeviation);
        _logWeight = Math.Log(weight);
    }

    /// <summary>The initial component of a fit: weight 0.5, centred on a loss, variance 1.</summary>
    public static WeightedDensity StartingAt(float loss, CovarianceType covariance) => new(0.5, loss, loss * loss, 1, covariance);

    /// <summary>Evaluates a vector of losses.</summary>
    /// <param name="x">The losses.</param>
    /// <param name="squares">Their squares. They are rounded to single precision, so they are not computed here.</param>
    public Vector<double> Log(Vector<double> x, Vector<double> squares) =>
        -0.5 * (Vector.Create(LogTwoPi) + Distance(x, squares)) + Vector.Create(_logDeviation) + Vector.Create(_logWeight);

    /// <summary>The squared distance from the mean in standard deviations, with scikit-learn's order of operations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector<double> Distance(Vector<double> x, Vector<double> squares)
    {
        if (_covariance == CovarianceType.Full)
        {
            var distance = x * _inverseDeviation - Vector.Create(_mean * _inverseDeviation);
            return distance * distance;
        }
        var precision = _inverseDeviation * _inverseDeviation;
        return Vector.Create(_squaredMean * precision) - 2 * (x * (_mean * precision)) + squares * precision;
    }
}

/// <summary>Sums over losses, weighted by the responsibility of one component.</summary>
/// <param name="Mass">Sum of the responsibilities.</param>
/// <param name="Losses">Sum of the losses.</param>
/// <param name="Squares">Sum of the squared losses.</param>
readonly record struct LossSums(double Mass, double Losses, double Squares);

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

    /// <summary>Sums the losses of a component.</summary>
    /// <param name="shares">Its responsibility for each loss; 0 past the end.</param>
    public LossSums Sum(ReadOnlySpan<double> shares)
    {
        var (mass, losses, squares) = (Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero);
        for (var i = 0; i < Count; i += Vector<double>.Count)
        {
            var share = Vector.Create<double>(shares[i..]);
            mass += share;
            losses += share * Value(i);
            squares += share * Square(i);
        }
        return new(Vector.Sum(mass), Vector.Sum(losses), Vector.Sum(squares));
    }

    /// <summary>Sums the squared distances of the losses of a component from its mean.</summary>
    /// <param name="shares">Its responsibility for each loss; 0 past the end.</param>
    /// <param name="mean">The mean.</param>
    public double SumOfSquaredDistances(ReadOnlySpan<double> shares, double mean)
    {
        var sum = Vector<double>.Zero;
        for (var i = 0; i < Count; i += Vector<double>.Count)
        {
            var distance = Value(i) - Vector.Create(mean);
            sum += Vector.Create<double>(shares[i..]) * distance * distance;
        }
        return Vector.Sum(sum);
    }

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
