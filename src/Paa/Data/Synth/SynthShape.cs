namespace Paa.Data.Synth;

/// <summary>The classes of a synthetic data set.</summary>
public enum SynthShape
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>A square.</summary>
    Square,

    /// <summary>A triangle of equal sides.</summary>
    Triangle,

    /// <summary>A star of five points.</summary>
    Star,

    /// <summary>A cross of equal arms.</summary>
    Cross,
}
