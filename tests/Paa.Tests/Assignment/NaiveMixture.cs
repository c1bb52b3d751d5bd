using Paa.Options;

namespace Paa.Tests.Assignment;

/// <summary>The EM fit written down sample by sample, as a check on the vectorised one.</summary>
sealed class NaiveMixture
{
    readonly bool _isFull;

    public double[] Weights { get; } = [0.5, 0.5];

    public double[] Means { get; } = new double[2];

    public double[] Variances { get; } = [1, 1];

    public int Iterations { get; private set; }

    public bool Converged { get; private set; }

    double[] SquaredMeans { get; } = new double[2];

    public NaiveMixture(float[] losses, CovarianceType covariance = CovarianceType.Diag)
    {
        _isFull = covariance == CovarianceType.Full;
        (Means[0], Means[1]) = (losses[0], losses[^1]);
        (SquaredMeans[0], SquaredMeans[1]) = (losses[0] * losses[0], losses[^1] * losses[^1]);
        var before = double.NegativeInfinity;
        while (Iterations < 100 && !Converged)
        {
            Iterations++;
            var scores = losses.Select(Score).ToArray();
            double[][] parts = [.. losses.Select((x, i) =>
                new[] { Math.Exp(LogJoint(x, 0) - scores[i]), Math.Exp(LogJoint(x, 1) - scores[i]) })];
            var mass = Enumerable.Range(0, 2).Select(k => parts.Sum(part => part[k]) + 10 * Math.Pow(2, -52)).ToArray();
            for (var k = 0; k < 2; k++)
            {
                var sum = losses.Select((x, i) => parts[i][k] * x).Sum();
                var squares = losses.Select((x, i) => parts[i][k] * (x * x)).Sum();
                Means[k] = sum / mass[k];
                SquaredMeans[k] = Means[k] * Means[k];
                if (_isFull)
                    Variances[k] = losses.Select((x, i) => parts[i][k] * Math.Pow(x - Means[k], 2)).Sum() / mass[k] + 1e-6;
                else Variances[k] = squares / mass[k] - 2 * (Means[k] * sum / mass[k]) + SquaredMeans[k] + 1e-6;
                if (Variances[k] <= 0) Variances[k] = 1e-6;
                Weights[k] = mass[k] / mass.Sum();
            }
            Converged = Math.Abs(scores.Average() - before) < 1e-3;
            before = scores.Average();
        }
    }

    /// <summary>Log density of the mixture.</summary>
    public double Score(float x)
    {
        var (a, b) = (LogJoint(x, 0), LogJoint(x, 1));
        return Math.Max(a, b) + Math.Log(Math.Exp(a - Math.Max(a, b)) + Math.Exp(b - Math.Max(a, b)));
    }

    /// <summary>Log of weight times density of a component.</summary>
    public double LogJoint(float x, int k)
    {
        var inverse = 1 / Math.Sqrt(Variances[k]);
        var precision = inverse * inverse;
        double square = x * x;
        var distance = _isFull
            ? Math.Pow(x * inverse - Means[k] * inverse, 2)
            : SquaredMeans[k] * precision - 2 * (x * (Means[k] * precision)) + square * precision;
        return -0.5 * (Math.Log(2 * Math.PI) + distance) + Math.Log(inverse) + Math.Log(Weights[k]);
    }
}
