using System.Numerics;
using System.Runtime.CompilerServices;

namespace Paa.Assignment;

/// <summary>Losses and their squares as vectors of doubles, in borrowed memory.</summary>
/// <remarks>The squares are rounded to single precision first, as scikit-learn does to single precision samples.</remarks>
readonly ref struct LossVectors
{
    readonly Span<double> _values, _squares;

    /// <param name="losses">The losses.</param>
    /// <param name="memory">Twice <see cref="PaddedLength"/> of them.</param>
    public LossVectors(ReadOnlySpan<float> losses, Span<double> memory)
    {
        Count = losses.Length;
        var padded = PaddedLength(Count);
        _values = memory[..padded];
        _squares = memory[padded..(2 * padded)];
        for (var i = 0; i < padded; i++)
        {
            var loss = losses[Math.Min(i, Count - 1)];
            (_values[i], _squares[i]) = (loss, loss * loss);
        }
    }

    /// <summary>Number of losses.</summary>
    public int Count { get; }

    /// <summary>A number of losses rounded up to whole vectors.</summary>
    public static int PaddedLength(int count) => (count + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;

    /// <summary>The losses from an index on; beyond the end, copies of the last one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Value(int start) => Vector.Create<double>(_values[start..]);

    /// <summary>Their squares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Square(int start) => Vector.Create<double>(_squares[start..]);

    /// <summary>1 where there is a loss, 0 beyond the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Present(int start) => Vector.ConditionalSelect(
        Vector.LessThan(Vector<double>.Indices, Vector.Create((double)(Count - start))), Vector<double>.One, Vector<double>.Zero);
}
