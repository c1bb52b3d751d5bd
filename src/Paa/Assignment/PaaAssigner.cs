using Paa.Boxes;
using Paa.Numerics;
using Paa.Options;

namespace Paa.Assignment;

/// <summary>The assignment of one image's candidates in one training step.</summary>
/// <remarks>Every other candidate is negative, with classification weight 1 and no box loss.</remarks>
/// <param name="Positives">Positive anchors, grouped by object in the order of the objects, in ascending loss.</param>
/// <param name="Boxes">Index of the object of each positive.</param>
/// <param name="Ignored">
/// Candidates that take no part in the classification loss; only <see cref="SeparationRule.PeakWithGap"/> has any.
/// </param>
public sealed record AssignmentResult(int[] Positives, int[] Boxes, int[] Ignored);

/// <summary>The fit from which one object's positives were chosen, for inspection.</summary>
/// <param name="Box">Index of the object.</param>
/// <param name="Anchors">Candidates that entered the fit, in ascending loss.</param>
/// <param name="Losses">Their losses.</param>
/// <param name="Mixture">The fit.</param>
/// <param name="LogDensity">Log density of the mixture at each candidate.</param>
/// <param name="LogOdds">Log odds of the low-loss component at each candidate.</param>
/// <param name="Outcomes">The decision about each candidate.</param>
public sealed record ObjectFit(
    int Box, int[] Anchors, float[] Losses,
    GaussianMixture Mixture, double[] LogDensity, double[] LogOdds, AnchorOutcome[] Outcomes);

/// <summary>Probabilistic anchor assignment: chooses each object's positives by the network's own losses.</summary>
/// <remarks>
/// <para>
/// Kim and Lee, ECCV 2020, section 3.1 and algorithm 1. For each object: take the candidates of lowest loss on every level, fit a
/// mixture of two Gaussians to their losses, and make the low-loss component positive.
/// </para>
/// <para>
/// Equal losses are ordered by anchor. A candidate whose loss is not finite, or so large that its square is not, is left out of
/// the fit and becomes negative. An object with fewer than two candidates gets no positive (profile <c>original</c>: its single
/// candidate). Not thread-safe: an instance reuses its memory. An image takes well under a millisecond.
/// </para>
/// </remarks>
public sealed class PaaAssigner
{
    readonly SemanticsProfile _profile;
    readonly CovarianceType _covariance;
    readonly AnchorSeparation _separation;
    readonly int _topK;
    readonly List<int> _positives = [], _positiveBoxes = [], _ignored = [];

    // Candidates grouped by object: those of object g are _grouped[_starts[g].._starts[g + 1]], in ascending order.
    int[] _grouped = [], _starts = [];

    // Of one object: the chosen candidates in ascending loss.
    ulong[] _chosen = [];
    float[] _losses = [];
    double[] _logDensity = [], _logOdds = [];
    AnchorOutcome[] _outcomes = [];

    /// <param name="rule">How positives are chosen from the fitted mixture.</param>
    /// <param name="profile">The semantics to follow.</param>
    /// <param name="topK">Number of candidates of lowest loss kept per object and level.</param>
    /// <param name="covariance">How the variances and densities of the mixture are computed.</param>
    public PaaAssigner(SeparationRule rule = SeparationRule.Peak, SemanticsProfile profile = SemanticsProfile.Mmdet, int topK = 9,
        CovarianceType covariance = CovarianceType.Diag)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(topK);
        (_profile, _covariance) = (profile, covariance);
        _separation = new AnchorSeparation(rule, profile);
        _topK = topK;
    }

    /// <summary>Creates the assigner that a model's options describe.</summary>
    /// <param name="model">Separation rule, profile, number of candidates and covariance type.</param>
    public PaaAssigner(ModelOptions model)
        : this(model.Assignment.Separation, model.Profile, model.Head.TopK, model.Head.CovarianceType)
    {
    }

    /// <summary>Assigns the candidates of one image.</summary>
    /// <param name="grid">The anchors.</param>
    /// <param name="candidates">First-stage candidates of the image.</param>
    /// <param name="losses">
    /// Loss of each candidate for its object: focal loss over all classes plus box loss, unnormalised.
    /// </param>
    /// <param name="fits">Receives the fit of each object that had one; null if not needed.</param>
    /// <exception cref="ArgumentException">The number of losses differs from the number of candidates.</exception>
    public AssignmentResult Assign(
        AnchorGrid grid, Candidates candidates, ReadOnlySpan<float> losses, ICollection<ObjectFit>? fits = null)
    {
        if (losses.Length != candidates.Anchors.Length)
            throw new ArgumentException($"PaaAssigner: {candidates.Anchors.Length} losses expected, got {losses.Length}.");
        _positives.Clear();
        _positiveBoxes.Clear();
        _ignored.Clear();
        var objectCount = GroupByObject(candidates.Boxes);
        Reserve(Math.Min((long)_topK * grid.Levels.Length, losses.Length));
        for (var box = 0; box < objectCount; box++)
        {
            var chosen = Choose(grid.LevelStarts, candidates.Anchors, _grouped.AsSpan(_starts[box].._starts[box + 1]), losses);
            AssignObject(box, chosen, candidates.Anchors, fits);
        }
        return new AssignmentResult([.. _positives], [.. _positiveBoxes], [.. _ignored]);
    }

    /// <summary>Chooses the candidates of lowest loss on each level; all levels together in ascending loss.</summary>
    /// <returns>Keys of loss and candidate, in memory that the next call reuses.</returns>
    ReadOnlySpan<ulong> Choose(ReadOnlySpan<int> levelStarts, int[] anchors, ReadOnlySpan<int> own, ReadOnlySpan<float> losses)
    {
        var (level, levelBegin, count) = (0, 0, 0);
        foreach (var candidate in own)
        {
            for (; anchors[candidate] >= levelStarts[level + 1]; level++) levelBegin = count;
            if (!GaussianMixture.CanFit(losses[candidate])) continue;
            var key = RankKey.Ascending(losses[candidate], candidate);
            if (count - levelBegin == _topK && key >= _chosen[count - 1]) continue;
            if (count - levelBegin < _topK) count++;
            var place = count - 1;                                      // insert into the level's part, which is sorted
            for (; place > levelBegin && _chosen[place - 1] > key; place--) _chosen[place] = _chosen[place - 1];
            _chosen[place] = key;
        }
        _chosen.AsSpan(0, count).Sort();
        return _chosen.AsSpan(0, count);
    }

    void AssignObject(int box, ReadOnlySpan<ulong> chosen, int[] anchors, ICollection<ObjectFit>? fits)
    {
        if (chosen.Length < 2)
        {
            if (_profile == SemanticsProfile.Original && chosen.Length == 1) AddPositive(box, anchors[RankKey.Index(chosen[0])]);
            return;
        }
        var losses = _losses.AsSpan(0, chosen.Length);
        var logDensity = _logDensity.AsSpan(0, chosen.Length);
        var logOdds = _logOdds.AsSpan(0, chosen.Length);
        var outcomes = _outcomes.AsSpan(0, chosen.Length);
        for (var i = 0; i < chosen.Length; i++) losses[i] = RankKey.AscendingValue(chosen[i]);

        var mixture = GaussianMixture.Fit(losses, _covariance);
        mixture.Evaluate(losses, logDensity, logOdds);
        _separation.Decide(logDensity, logOdds, outcomes);
        for (var i = 0; i < chosen.Length; i++)
        {
            var anchor = anchors[RankKey.Index(chosen[i])];
            if (outcomes[i] == AnchorOutcome.Positive) AddPositive(box, anchor);
            else if (outcomes[i] == AnchorOutcome.Ignored) _ignored.Add(anchor);
        }
        if (fits is null) return;
        var fitted = new int[chosen.Length];
        for (var i = 0; i < fitted.Length; i++) fitted[i] = anchors[RankKey.Index(chosen[i])];
        fits.Add(new(box, fitted, losses.ToArray(), mixture, logDensity.ToArray(), logOdds.ToArray(), outcomes.ToArray()));
    }

    void AddPositive(int box, int anchor)
    {
        _positives.Add(anchor);
        _positiveBoxes.Add(box);
    }

    /// <summary>Groups candidates by object with a counting sort.</summary>
    /// <returns>The number of objects.</returns>
    int GroupByObject(ReadOnlySpan<int> boxes)
    {
        var objectCount = 0;
        foreach (var box in boxes) objectCount = Math.Max(objectCount, box + 1);
        if (_starts.Length < objectCount + 2) _starts = new int[objectCount + 2];
        if (_grouped.Length < boxes.Length) _grouped = new int[boxes.Length];
        Array.Clear(_starts);
        foreach (var box in boxes) _starts[box + 2]++;                  // counts, two places on
        for (var box = 0; box < objectCount; box++) _starts[box + 2] += _starts[box + 1];
        for (var i = 0; i < boxes.Length; i++) _grouped[_starts[boxes[i] + 1]++] = i;
        return objectCount;
    }

    void Reserve(long count)
    {
        if (_chosen.Length >= count) return;
        (_chosen, _losses) = (new ulong[count], new float[count]);
        (_logDensity, _logOdds, _outcomes) = (new double[count], new double[count], new AnchorOutcome[count]);
    }
}
