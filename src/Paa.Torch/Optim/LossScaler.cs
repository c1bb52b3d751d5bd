namespace Paa.Torch.Optim;

/// <summary>By what a loss is multiplied so that small gradients survive half precision: the rule of PyTorch's
/// <c>GradScaler</c>.</summary>
/// <remarks>
/// Micikevicius et al., ICLR 2018, section 3.2. The gradients are divided by the scale again before anything looks at them. Where
/// one is not finite, the update is skipped and a dynamic scale backs off; after so many sound updates in a row it grows. The
/// decision is made on the host, which reads the norm of the gradients anyway.
/// </remarks>
public sealed class LossScaler
{
    /// <summary>The scale at the beginning.</summary>
    /// <param name="initialScale">Above 0.</param>
    /// <param name="growthFactor">By what the scale grows; above 1.</param>
    /// <param name="backoffFactor">By what it is multiplied after a skipped update; between 0 and 1.</param>
    /// <param name="growthInterval">Sound updates in a row before it grows.</param>
    /// <param name="isDynamic">False: the scale stays as it is.</param>
    public LossScaler(
        double initialScale = 65536, double growthFactor = 2, double backoffFactor = 0.5, int growthInterval = 2000,
        bool isDynamic = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(initialScale);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(growthFactor, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(backoffFactor);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(backoffFactor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(growthInterval, 1);
        (Scale, GrowthFactor, BackoffFactor) = ((float)initialScale, growthFactor, backoffFactor);
        (GrowthInterval, IsDynamic) = (growthInterval, isDynamic);
    }

    /// <summary>What the loss is multiplied by now.</summary>
    public float Scale { get; private set; }

    /// <summary>By what the scale grows.</summary>
    public double GrowthFactor { get; }

    /// <summary>By what the scale is multiplied after a skipped update.</summary>
    public double BackoffFactor { get; }

    /// <summary>Sound updates in a row before the scale grows.</summary>
    public int GrowthInterval { get; }

    /// <summary>Whether the scale changes.</summary>
    public bool IsDynamic { get; }

    /// <summary>Sound updates since the scale changed or an update was skipped.</summary>
    public int GrowthTracker { get; private set; }

    /// <summary>Updates skipped without a sound one between them.</summary>
    public int SkippedInARow { get; private set; }

    /// <summary>Call once an update, whether it was made or skipped.</summary>
    /// <param name="isSound">Whether all gradients were finite.</param>
    public void Update(bool isSound)
    {
        SkippedInARow = isSound ? 0 : SkippedInARow + 1;
        if (!IsDynamic) return;
        if (!isSound)
        {
            (Scale, GrowthTracker) = ((float)(Scale * BackoffFactor), 0);
        }
        else if (++GrowthTracker == GrowthInterval)
        {
            var grown = (float)(Scale * GrowthFactor);
            (Scale, GrowthTracker) = (float.IsFinite(grown) ? grown : Scale, 0);
        }
    }

    /// <summary>What a run needs to go on exactly.</summary>
    public LossScalerState GetState() => new(Scale, GrowthTracker, SkippedInARow)
    {
        GrowthFactor = GrowthFactor,
        BackoffFactor = BackoffFactor,
        GrowthInterval = GrowthInterval,
    };

    /// <summary>Goes on from an earlier state. Factors and interval stay those it was made with, and so does a scale that does
    /// not change.</summary>
    /// <param name="state">What <see cref="GetState"/> gave.</param>
    public void SetState(LossScalerState state)
    {
        SkippedInARow = state.SkippedInARow;
        if (IsDynamic) (Scale, GrowthTracker) = (state.Scale, state.GrowthTracker);
    }
}

/// <summary>What changes of a <see cref="LossScaler"/>, and, for PyTorch, which reads them from a checkpoint, its
/// constants.</summary>
/// <param name="Scale">The scale.</param>
/// <param name="GrowthTracker">Sound updates since it changed.</param>
/// <param name="SkippedInARow">Updates skipped without a sound one between them.</param>
public sealed record LossScalerState(float Scale, int GrowthTracker, int SkippedInARow = 0)
{
    /// <summary>By what the scale grew.</summary>
    public double GrowthFactor { get; init; } = 2;

    /// <summary>By what it was multiplied after a skipped update.</summary>
    public double BackoffFactor { get; init; } = 0.5;

    /// <summary>Sound updates in a row before it grew.</summary>
    public int GrowthInterval { get; init; } = 2000;
}
