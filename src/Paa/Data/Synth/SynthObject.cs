namespace Paa.Data.Synth;

/// <summary>One annotation of a synthetic image.</summary>
/// <param name="Category">Index into <see cref="SynthOptions.Shapes"/>.</param>
/// <param name="Left">First column where it is visible.</param>
/// <param name="Top">First row where it is visible.</param>
/// <param name="Width">Columns to the last one where it is visible.</param>
/// <param name="Height">Rows to the last one where it is visible.</param>
/// <param name="Area">Visible pixels.</param>
/// <param name="IsCrowd">A region of many objects, not one object.</param>
readonly record struct SynthObject(int Category, int Left, int Top, int Width, int Height, int Area, bool IsCrowd);
