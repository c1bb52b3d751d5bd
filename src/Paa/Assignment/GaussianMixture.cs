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
/// The numbers are those of scikit-learn's <c>GaussianMixture</c> with <c>diag</c> covariance, as MMDetection calls it. Squares
/// of the losses and of the two initial means are rounded to single precision and then widened; everything else is double
/// precision. At variances near 1e-6 this rounding moves log densities by 0.2. Where rounding makes a variance zero or negative,
/// scikit-learn gives up; we set the variance to <see cref="VarianceFloor"/> and go on.
/// </para>
/// </remarks>
/// <param name="Low">The component that started at the lowest loss: component 0.</param>
/// <param name="High">The component that started at the highest loss: component 1.</param>
/// <param name="Iterations">EM steps taken, 1 to <see cref="MaxIterations"/>.</param>
/// <param name="Converged">Whether the likelihood converged within these steps.</param>
/// <param name="Clamped">Whether a variance had to be set to <see cref="VarianceFloor"/>.</param>
public readonly record struct GaussianMixture(
    GaussianComponent Low, GaussianComponent High, int Iterations, bool Converged, bool Clamped)
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
    const int StackLimit = 256;

    /// <summary>Whether a loss can be fitted: its square is finite in single precision.</summary>
    public static bool CanFit(float loss) => float.IsFinite(loss * loss);

    /// <summary>Fits the mixture. For up to 128 losses nothing is allocated.</summary>
    /// <param name="losses">One or more losses in ascending order; <see cref="CanFit"/> holds for each.</param>
    /// <exception cref="ArgumentException">There is no loss, or the first or the last one cannot be fitted.</exception>
    public static GaussianMixture Fit(ReadOnlySpan<float> losses)
    {
        if (losses.IsEmpty || !CanFit(losses[0]) || !CanFit(losses[^1]))
            throw new ArgumentException("GaussianMixture: finite losses expected, got "
                + (losses.IsEmpty ? "none." : $"{losses.Length} from {losses[0]} to {losses[^1]}."), nameof(losses));
        var length = 2 * LossVectors.PaddedLength(losses.Length);
        var vectors = new LossVectors(losses, length <= StackLimit ? stackalloc double[length] : new double[length]);
        var mixture = default(GaussianMixture);
        var density = MixtureDensity.StartingAt(losses[0], losses[^1]);
        var likelihood = double.NegativeInfinity;
        while (mixture.Iterations < MaxIterations && !mixture.Converged)
        {
            var sums = density.Expect(vectors);
            mixture = Maximise(sums, mixture);
            density = mixture.ToDensity();
            var before = likelihood;
            likelihood = sums.LogLikelihood / losses.Length;        // of the parameters before this step, as scikit-learn has it
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

    MixtureDensity ToDensity() => new(new WeightedDensity(Low), new WeightedDensity(High));

    static GaussianMixture Maximise(in ExpectedSums sums, in GaussianMixture last)
    {
        var (low, high) = (sums.Low.Mass + MassFloor, sums.High.Mass + MassFloor);
        var clamped = last.Clamped;
        return new(
            Maximise(sums.Low, low, low + high, ref clamped), Maximise(sums.High, high, low + high, ref clamped),
            last.Iterations + 1, Converged: false, clamped);
    }

    static GaussianComponent Maximise(in ComponentSums sums, double mass, double totalMass, ref bool clamped)
    {
        var mean = sums.Sum / mass;
        var variance = sums.SquareSum / mass - 2 * (mean * sums.Sum / mass) + mean * mean + VarianceFloor;
        if (variance <= 0) (variance, clamped) = (VarianceFloor, true);
        return new(mass / totalMass, mean, variance);
    }
}
