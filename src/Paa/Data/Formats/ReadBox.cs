namespace Paa.Data.Formats;

/// <summary>A box as a foreign format has it, in pixels.</summary>
readonly record struct ReadBox(int Label, double X, double Y, double Width, double Height, bool IsCrowd = false);
