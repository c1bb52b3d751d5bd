namespace Paa.Data;

/// <summary>Which of how many equal parts of the data a process works on.</summary>
/// <param name="Index">Number of the part, from 0.</param>
/// <param name="Count">How many parts there are.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>Everything.</summary>
    public static Shard Whole { get; } = new(0, 1);
}
