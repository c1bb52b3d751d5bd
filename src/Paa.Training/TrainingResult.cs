namespace Paa.Training;

/// <summary>How a run ended.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="IsFinished">False if it was stopped; the newest checkpoint then continues it.</param>
/// <param name="Best">Its best evaluation; null if there was none.</param>
/// <param name="Checkpoint">The newest checkpoint, null if none was written.</param>
public sealed record TrainingResult(TrainingPosition Position, bool IsFinished, BestResult? Best, string? Checkpoint);
