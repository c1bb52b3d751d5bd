using Paa.Evaluation;
using Paa.Training.Distributed;

namespace Paa.Training;

/// <summary>What follows the last batch of an epoch: checkpoint, evaluation, best weights, early stop.</summary>
/// <param name="state">The state of the run. Borrowed.</param>
/// <param name="evaluation">The evaluation; null if there is none.</param>
/// <param name="checkpoints">Writes the files.</param>
/// <param name="pace">Takes the times.</param>
/// <param name="world">The processes of the run. Borrowed.</param>
/// <param name="observer">Receives the progress.</param>
sealed class EpochEnd(
    TrainingState state, SharedEvaluation? evaluation, RunCheckpoints checkpoints, RunPace pace, World world,
    ITrainingObserver observer)
{
    /// <summary>Evaluates and saves what is due.</summary>
    /// <param name="schedule">The course of the run.</param>
    /// <param name="log">The log; null if another process writes it.</param>
    /// <param name="stop">Requests a stop.</param>
    /// <returns>False if a stop was requested before everything was done; the epoch then stays open.</returns>
    public bool Close(RunSchedule schedule, RunLog? log, CancellationToken stop)
    {
        var epoch = state.Position.Epoch + 1;
        var isWhole = state.Position.Batch == schedule.BatchesPerEpoch;   // max_iters may cut the last one short
        var isLast = schedule.IsLast(state.Position);
        var isSaved = isLast || checkpoints.IsEpochDue(epoch);
        if (evaluation is not null && schedule.IsEvaluationDue(epoch, isLast))
        {
            if (isSaved) Save();            // an evaluation can take long; a crash in it must not lose the epoch
            if (!Evaluate(schedule, log, stop)) return false;
            if (!isLast && state.EarlyStopping is { HasStopped: true } stopping)
            {
                isSaved = true;
                if (world.IsMain) observer.Notice(stopping.Notice(epoch));
            }
        }
        if (isWhole) state.Position = state.Position.NextEpoch();
        if (isSaved) Save();
        else if (checkpoints.IsIterationDue) checkpoints.SaveIteration();
        return true;

        void Save()
        {
            if (isWhole) checkpoints.SaveEpoch(epoch);
            else checkpoints.SaveIteration();
        }
    }

    /// <summary>Evaluates on the validation set and keeps the best weights.</summary>
    /// <returns>False if a stop was requested before the end.</returns>
    bool Evaluate(RunSchedule schedule, RunLog? log, CancellationToken stop)
    {
        var (position, epoch) = (state.Position, state.Position.Epoch + 1);
        world.Heartbeat($"evaluating after epoch {epoch}");
        CocoMetrics metrics;
        try
        {
            metrics = pace.Evaluate(() => state.Average is { } average ? average.Use(Measure) : Measure());
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested || !world.IsSingle)
        {
            return false;
        }
        var isBest = state.Best is null || metrics.AP > state.Best.Ap;
        if (isBest)
        {
            state.Best = new BestResult(metrics.AP, epoch);
            if (state.Config.Evaluation.SaveBest) checkpoints.SaveBest();
        }
        state.EarlyStopping?.Add(metrics.AP);
        log?.Add(position, schedule.Rates.Rate(position.Epoch, position.Iteration - 1), metrics);
        observer.Evaluated(epoch, metrics, isBest);
        return true;

        CocoMetrics Measure()
        {
            using var network = state.CreateInferenceNetwork();
            return evaluation!.Evaluate(network, observer.Evaluating, stop).Metrics;
        }
    }
}
