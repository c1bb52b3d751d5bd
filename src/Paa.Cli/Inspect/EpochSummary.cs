using Paa.Training;
using Paa.Training.Logs;

namespace Paa.Cli.Inspect;

/// <summary>One epoch of a run, from its log; null where the log says nothing.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="Iterations">The last one that was logged, 1-based in the epoch.</param>
/// <param name="Loss">Mean of the logged total losses.</param>
/// <param name="LossCls">Mean focal loss of the classes.</param>
/// <param name="LossBbox">Mean GIoU loss of the boxes.</param>
/// <param name="LossIou">Mean loss of the predicted IoU.</param>
/// <param name="Lr">Learning rate at the end.</param>
/// <param name="Time">Median seconds of an iteration.</param>
/// <param name="DataTime">Median seconds that an iteration waited for its batch.</param>
/// <param name="Memory">Peak memory in MB.</param>
/// <param name="Ap">Box AP after the epoch.</param>
/// <param name="Ap50">AP at IoU 0.50.</param>
/// <param name="Ap75">AP at IoU 0.75.</param>
sealed record EpochSummary(
    int Epoch, int? Iterations, double? Loss, double? LossCls, double? LossBbox, double? LossIou, double? Lr, double? Time,
    double? DataTime, long? Memory, double? Ap, double? Ap50, double? Ap75)
{
    /// <summary>The epochs of a run, in order.</summary>
    public static IReadOnlyList<EpochSummary> Of(TrainingHistory history)
    {
        var train = history.Train.ToLookup(entry => entry.Epoch);
        var val = history.Val.ToDictionary(entry => entry.Epoch);
        return [.. train.Select(group => group.Key).Union(val.Keys).Order().Select(epoch =>
            Summarize(epoch, [.. train[epoch]], val.GetValueOrDefault(epoch)))];
    }

    static EpochSummary Summarize(int epoch, TrainLogEntry[] train, ValLogEntry? val)
    {
        var last = train.LastOrDefault();
        return new EpochSummary(
            epoch, last?.Iter, Mean(entry => entry.Loss), Mean(entry => entry.LossCls), Mean(entry => entry.LossBbox),
            Mean(entry => entry.LossIou), last?.Lr, Median(entry => entry.Time), Median(entry => entry.DataTime),
            last is null ? null : train.Max(entry => entry.Memory), Precision(val?.Ap), Precision(val?.Ap50), Precision(val?.Ap75));

        double? Mean(Func<TrainLogEntry, double> value) => train.Length == 0 ? null : train.Average(value);

        double? Median(Func<TrainLogEntry, double> value) =>
            train.Length == 0 ? null : train.Select(value).Order().ElementAt(train.Length / 2);
    }

    /// <summary>-1 stands where there was nothing to measure.</summary>
    static double? Precision(double? value) => value >= 0 ? value : null;
}
