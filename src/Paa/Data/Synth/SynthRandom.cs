namespace Paa.Data.Synth;

/// <summary>
/// Random numbers for synthetic images: SplitMix64 as in <see cref="SampleRandom"/>, with other keys and other conversions.
/// </summary>
sealed class SynthRandom(ulong seed)
{
    const ulong Step = 0x9E3779B97F4A7C15;
    ulong _state = seed;

    /// <summary>Creates the generator of one image, so that images can be made in any order.</summary>
    public static SynthRandom For(int seed, int split, int index) =>
        new(Mix(Mix(Mix((uint)seed) + (uint)split) + (uint)index));

    /// <summary>64 random bits.</summary>
    public ulong Next() => Mix(_state += Step);

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + (high - low) * ((Next() >> 11) * (1.0 / (1UL << 53)));

    /// <summary>A uniform integer in low..high, both included.</summary>
    public int Whole(int low, int high) => low + (int)(Next() % (ulong)(high - low + 1));

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => Uniform(0, 1) < probability;

    /// <summary>A hash of a position, for noise without state.</summary>
    public static ulong Hash(ulong seed, int x, int y) => Mix(seed ^ ((ulong)(uint)x << 32 | (uint)y));

    static ulong Mix(ulong value) => SampleRandom.Mix(value + Step);
}
