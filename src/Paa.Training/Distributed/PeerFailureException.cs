namespace Paa.Training.Distributed;

/// <summary>Another process failed, and that has been told.</summary>
/// <param name="failure">What happened there.</param>
public sealed class PeerFailureException(Failure failure) : Exception($"The job ends because of {failure}")
{
    /// <summary>What happened there.</summary>
    public Failure Failure => failure;
}
