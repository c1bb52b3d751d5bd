namespace Paa.Data;

/// <summary>Random numbers that depend only on their key and are the same on every machine and in every version.</summary>
/// <remarks>
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a counter passed through a mixing function. <see cref="Random"/> is not used
/// because its algorithm may change.
/// </remarks>
public sealed class SampleRandom
{
    const ulong Golden = 0x9E3779B97F4A7C15;

    ulong _state;

    /// <summary>Creates the generator of a key; keys that differ in any part give unrelated numbers.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="epoch">Number of the pass over the data.</param>
    /// <param name="index">Position in the epoch; -1 for the order of the epoch itself.</param>
    public SampleRandom(long seed, long epoch, long index) =>
        _state = Mix(Mix(Mix((ulong)seed + Golden) + (ulong)epoch) + (ulong)index);

    /// <summary>64 random bits.</summary>
    public ulong NextBits() => Mix(_state += Golden);

    /// <summary>A number in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1L << 53));

    /// <summary>A number between two ends, in either order; the first end is included, the second is not.</summary>
    public double NextDouble(double first, double second) => first + (second - first) * NextDouble();

    /// <summary>True with probability 0.5.</summary>
    public bool NextBool() => NextInt(2) == 1;

    /// <summary>A number in 0..<paramref name="count"/> - 1, uniform up to 2^-32.</summary>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)Math.BigMul(NextBits(), (ulong)count, out _);
    }

    /// <summary>Shuffles items (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The mixing function of SplitMix64.</summary>
    internal static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
