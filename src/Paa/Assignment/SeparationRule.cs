namespace Paa.Assignment;

/// <summary>How the positives of a box are taken from its fitted mixture of two Gaussians (Kim and Lee, ECCV 2020, figure 3).</summary>
public enum SeparationRule
{
    /// <summary>Members of the low-loss component up to the one of highest mixture density: figure 3 (c), as published.</summary>
    Peak,

    /// <summary>Every member of the low-loss component.</summary>
    Component,

    /// <summary>As <see cref="Peak"/>; the other members of the low-loss component are ignored by the classification loss.</summary>
    PeakWithGap,
}
