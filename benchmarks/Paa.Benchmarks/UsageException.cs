namespace Paa.Benchmarks;

/// <summary>Arguments that make no sense.</summary>
sealed class UsageException(string message) : Exception(message);
