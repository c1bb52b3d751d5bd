namespace Paa.Training;

/// <summary>Means of the iterations since the last line of the log.</summary>
sealed class StepAverage
{
    readonly List<StepReport> _steps = [];

    public void Add(StepReport step) => _steps.Add(step);

    /// <summary>The line about the iterations added since the last call.</summary>
    /// <param name="isClipping">Whether the norm of the gradients belongs into it.</param>
    /// <param name="memory">Peak memory in MB.</param>
    public TrainLogEntry Take(bool isClipping, long memory)
    {
        var last = _steps[^1];
        var entry = new TrainLogEntry
        {
            Epoch = last.Position.Epoch + 1,
            Iter = last.Position.Batch,
            Lr = last.Rate,
            Memory = memory,
            DataTime = Mean(step => step.DataTime.TotalSeconds),
            LossCls = Mean(step => step.Losses.Classification),
            LossBbox = Mean(step => step.Losses.BoxRegression),
            LossIou = Mean(step => step.Losses.IouPrediction),
            Loss = Mean(step => step.Losses.Total),
            GradNorm = isClipping && _steps.Average(step => step.GradientNorm) is { } norm ? Round(norm) : null,
            Time = Mean(step => step.Time.TotalSeconds),
        };
        _steps.Clear();
        return entry;
    }

    double Mean(Func<StepReport, double> value) => Round(_steps.Average(value));

    static double Round(double value) => Math.Round(value, digits: 6);
}
