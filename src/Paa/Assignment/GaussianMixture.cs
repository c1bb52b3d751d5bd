using Paa.Options;

namespace Paa.Assignment;

/// <summary>One Gaussian of a mixture over losses.</summary>
/// <param name="Weight">Its share of the mixture, in (0, 1).</param>
/// <param name="Mean">Its centre.</param>
/// <param name="Variance">Its squared width, positive.</param>
public readonly record struct GaussianComponent(double Weight, double Mean, double Variance);

/// <summary>Two Gaussians over the losses of an object's candidates: one for good anchors, one for poor ones.</summary>
/// <remarks>
/// <para>
/// Kim and Lee, ECCV 2020, section 3.1: the losses of an object's candidates have two modes, found by expectation maximisation
/// (EM). The component that starts at the lowest loss is that of the positives.
/// </para>
/// <para>
/// The numbers are those of scikit-learn's <c>GaussianMixture</c> as MMDetection calls it, with either of its two covariance
/// types. In one dimension both mean the same and differ by rounding. With <see cref="CovarianceType.Diag"/>, squares of the
/// losses and of the two initial means are rounded to single precision and then widened; everything else is double precision. At
/// variances near 1e-6 this rounding moves log densities by 0.2. Where it makes a variance zero or negative, scikit-learn gives
/// up; we set the variance to <see cref="VarianceFloor"/> and go on. (Newer versions of scikit-learn compute this variance as
/// E[x^2] - mu^2; of 628 reference fits 8 change, all of nearly identical losses.) With <see cref="CovarianceType.Full"/>,
/// differences are taken before they are squared, and no variance is below the floor.
/// </para>
/// </remarks>
/// <param name="Low">The component that started at the lowest loss: component 0.</param>
/// <param name="High">The component that started at the highest loss: component 1.</param>
/// <param name="Iterations">EM steps taken, 1 to <see cref="MaxIterations"/>.</param>
/// <param name="Converged">Whether the likelihood converged within these steps.</param>
/// <param name="Clamped">Whether a variance had to be set to <see cref="VarianceFloor"/>.</param>
/// <param name="Covariance">How variances and densities are computed.</param>
public readonly record struct GaussianMixture(
    GaussianComponent Low, GaussianComponent High, int Iterations, bool Converged, bool Clamped, CovarianceType Covariance)
{
    /// <summary>Maximum number of EM steps of a fit.</summary>
    public const int MaxIterations = 100;

    /// <summary>A fit has converged when the mean log likelihood changes by less than this.</summary>
    public const double Tolerance = 1e-3;

    /// <summary>Added to every variance; replaces one that is not positive.</summary>
    public const double VarianceFloor = 1e-6;

    /// <summary>
    /// Added to the mass of a component to avoid division by zero: 10 times the epsilon of double precision.
    /// </summary>
    const double MassFloor = 10 * 2.220446049250313e-16;

    /// <summary>Doubles kept on the stack: enough for 128 losses, where an object has at most 9 per level.</summary>
    const int StackLimit = 512;

    /// <summary>Whether a loss can be fitted: its square is finite in single precision.</summary>
    public static bool CanFit(float loss) => float.IsFinite(loss * loss);

    /// <summary>Fits the mixture. For up to 128 losses nothing is allocated.</summary>
    /// <param name="losses">One or more losses in ascending order; <see cref="CanFit"/> holds for each.</param>
    /// <param name="covariance">How variances and densities are computed.</param>
    /// <exception cref="ArgumentException">There is no loss, or the first or the last one cannot be fitted.</exception>
    public static GaussianMixture Fit(ReadOnlySpan<float> losses, CovarianceType covariance = CovarianceType.Diag)
    {
        if (losses.IsEmpty || !CanFit(losses[0]) || !CanFit(losses[^1]))
            throw new ArgumentException("GaussianMixture: finite losses expected, got "
                + (losses.IsEmpty ? "none." : $"{losses.Length} from {losses[0]} to {losses[^1]}."), nameof(losses));
        var padded = LossVectors.PaddedLength(losses.Length);
        Span<double> memory = 4 * padded <= StackLimit ? stackalloc double[4 * padded] : new double[4 * padded];
        var vectors = new LossVectors(losses, memory[..(2 * padded)]);
        var low = memory.Slice(2 * padded, padded);             // responsibility of component 0 for each loss
        var high = memory.Slice(3 * padded, padded);            // and that of component 1
        var mixture = new GaussianMixture { Covariance = covariance };
        var density = MixtureDensity.StartingAt(losses[0], losses[^1], covariance);
        var likelihood = double.NegativeInfinity;
        while (mixture.Iterations < MaxIterations && !mixture.Converged)
        {
            var total = density.Expect(vectors, low, high);
            mixture = mixture.Maximise(vectors, low, high);
            density = mixture.ToDensity();
            var before = likelihood;
            likelihood = total / losses.Length;                 // of the parameters before this step, as scikit-learn has it
            mixture = mixture with { Converged = Math.Abs(likelihood - before) < Tolerance };
        }
        return mixture;
    }

    /// <summary>Evaluates the mixture at every loss.</summary>
    /// <param name="losses">Losses, in any order.</param>
    /// <param name="logDensity">Receives the log density of the mixture, one per loss.</param>
    /// <param name="logOdds">Receives the log odds of component 0, one per loss; at least 0 for its members.</param>
    public void Evaluate(ReadOnlySpan<float> losses, Span<double> logDensity, Span<double> logOdds)
    {
        var length = 2 * LossVectors.PaddedLength(losses.Length);
        var vectors = new LossVectors(losses, length <= StackLimit ? stackalloc double[length] : new double[length]);
        ToDensity().Evaluate(vectors, logDensity, logOdds);
    }

    MixtureDensity ToDensity() => new(new WeightedDensity(Low, Covariance), new WeightedDensity(High, Covariance));

    /// <summary>The next mixture, from the responsibilities of its components.</summary>
    GaussianMixture Maximise(in LossVectors losses, ReadOnlySpan<double> low, ReadOnlySpan<double> high)
    {
        var (lowSums, highSums) = (losses.Sum(low), losses.Sum(high));
        var (lowMass, highMass) = (lowSums.Mass + MassFloor, highSums.Mass + MassFloor);
        var clamped = Clamped;
        return this with
        {
            Low = Maximise(losses, low, lowSums, lowMass, lowMass + highMass, ref clamped),
            High = Maximise(losses, high, highSums, highMass, lowMass + highMass, ref clamped),
            Iterations = Iterations + 1,
            Clamped = clamped,
        };
    }

    GaussianComponent Maximise(
        in LossVectors losses, ReadOnlySpan<double> shares, in LossSums sums, double mass, double totalMass, ref bool clamped)
    {
        var mean = sums.Losses / mass;
        var variance = VarianceFloor + Covariance switch
        {
            CovarianceType.Full => losses.SumOfSquaredDistances(shares, mean) / mass,
            _ => sums.Squares / mass - 2 * (mean * sums.Losses / mass) + mean * mean,
        };
        if (variance <= 0) (variance, clamped) = (VarianceFloor, true);
        return new(mass / totalMass, mean, variance);
    }
}
