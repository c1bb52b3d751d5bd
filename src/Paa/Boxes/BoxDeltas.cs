namespace Paa.Boxes;

/// <summary>A box relative to an anchor, as the network predicts it. See <see cref="BoxCoder"/>.</summary>
/// <param name="X">Shift of the centre to the right, in tenths of the anchor's width.</param>
/// <param name="Y">Shift of the centre downwards, in tenths of the anchor's height.</param>
/// <param name="Width">Logarithm of the ratio of widths, times 5.</param>
/// <param name="Height">Logarithm of the ratio of heights, times 5.</param>
public readonly record struct BoxDeltas(float X, float Y, float Width, float Height);
