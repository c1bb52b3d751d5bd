using System.Numerics;

namespace Paa.Assignment;

/// <summary>Log of weight times density of one mixture component, in a form that is quick to evaluate.</summary>
readonly struct WeightedDensity
{
    static readonly double LogTwoPi = Math.Log(2 * Math.PI);

    readonly double _precision, _meanTimesPrecision, _squaredMeanTimesPrecision, _logDeviation, _logWeight;

    /// <summary>The density of a fitted component.</summary>
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

    /// <summary>Where a fit starts: half the weight, centred on a loss, variance 1.</summary>
    public static WeightedDensity StartingAt(float loss) => new(0.5, loss, loss * loss, 1);

    /// <summary>Evaluates a vector of losses.</summary>
    /// <param name="x">The losses.</param>
    /// <param name="squares">Their squares, rounded to single precision; hence not computed here.</param>
    public Vector<double> Log(Vector<double> x, Vector<double> squares)
    {
        var distance = Vector.Create(_squaredMeanTimesPrecision) - 2 * (x * _meanTimesPrecision) + squares * _precision;
        return -0.5 * (Vector.Create(LogTwoPi) + distance) + Vector.Create(_logDeviation) + Vector.Create(_logWeight);
    }
}
