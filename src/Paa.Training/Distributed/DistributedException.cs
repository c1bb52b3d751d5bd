namespace Paa.Training.Distributed;

/// <summary>Several processes cannot work together: a wrong environment, or one of them is missing or failed.</summary>
/// <param name="message">What happened, where, and the next step if there is one.</param>
/// <param name="inner">The error below it, if any.</param>
public sealed class DistributedException(string message, Exception? inner = null) : Exception(message, inner);
