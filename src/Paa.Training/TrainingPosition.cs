namespace Paa.Training;

/// <summary>How far a run is. All counts are of what is finished, so a new run stands at zero.</summary>
/// <param name="Epoch">Epochs closed: trained, and evaluated if that was due. Also the 0-based index of the current one.</param>
/// <param name="Batch">Batches of the current epoch that were trained.</param>
/// <param name="Iteration">Batches trained since the start of the run.</param>
public readonly record struct TrainingPosition(int Epoch, int Batch, long Iteration)
{
    /// <summary>After one more batch.</summary>
    public TrainingPosition NextBatch() => new(Epoch, Batch + 1, Iteration + 1);

    /// <summary>After closing the current epoch.</summary>
    public TrainingPosition NextEpoch() => new(Epoch + 1, 0, Iteration);
}
