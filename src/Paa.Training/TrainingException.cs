using Paa.Detectors;
using Paa.Models;

namespace Paa.Training;

/// <summary>A training run cannot start or go on: a non-finite loss, no images, a checkpoint that does not fit.</summary>
/// <param name="message">What happened, where, and the next step if there is one.</param>
/// <param name="inner">The error below it, if any.</param>
public sealed class TrainingException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Weights do not fit the network of the run.</summary>
    /// <param name="error">What does not fit.</param>
    public TrainingException(ArchitectureException error) : this(error.Message, error)
    {
    }
}
