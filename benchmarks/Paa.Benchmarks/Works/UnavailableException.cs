namespace Paa.Benchmarks.Works;

/// <summary>Work that this machine or this build cannot do: its row is printed as missing.</summary>
sealed class UnavailableException(string reason) : Exception(reason);
