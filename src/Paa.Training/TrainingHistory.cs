namespace Paa.Training;

/// <summary>What a log tells about a run, its interruptions taken out: positions ascend and stand once.</summary>
/// <param name="Runs">Each start or resumption, in order.</param>
/// <param name="Train">Losses and times by epoch and iteration.</param>
/// <param name="Val">Evaluations by epoch.</param>
public sealed record TrainingHistory(
    IReadOnlyList<RunLogEntry> Runs, IReadOnlyList<TrainLogEntry> Train, IReadOnlyList<ValLogEntry> Val);
