namespace Paa.Checkpoints.Pickling;

/// <summary>What a persistent id stands for: a storage, or (in files of 2017) a part of one.</summary>
/// <param name="Storage">The whole storage.</param>
/// <param name="Start">First element.</param>
/// <param name="Count">Number of elements.</param>
sealed record StorageView(Storage Storage, long Start, long Count);
