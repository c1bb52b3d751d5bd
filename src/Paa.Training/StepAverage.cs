using Paa.Configuration;
using Paa.Options;

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
            LossCls = FiniteMean(step => step.Losses.Classification),
            LossBbox = FiniteMean(step => step.Losses.BoxRegression),
            LossIou = FiniteMean(step => step.Losses.IouPrediction),
            Loss = FiniteMean(step => step.Losses.Total),
            GradNorm = isClipping && Sound.Average(step => step.GradientNorm) is { } norm ? Round(norm) : null,
            Amp = last.Amp == MixedPrecision.Off ? null : ConfigNames.EnumName(last.Amp),
            LossScale = last.LossScale,
            SkippedUpdates = last.LossScale is null ? null : _steps.Count(step => step.IsSkipped),
            Time = Mean(step => step.Time.TotalSeconds),
        };
        _steps.Clear();
        return entry;
    }

    IEnumerable<StepReport> Sound => _steps.Where(step => !step.IsSkipped);

    /// <summary>Half precision may overflow now and then; a mean with that in it would tell nothing.</summary>
    double FiniteMean(Func<StepReport, double> value) =>
        Round(_steps.Where(step => step.Losses.IsFinite).Select(value).DefaultIfEmpty(double.NaN).Average());

    double Mean(Func<StepReport, double> value) => Round(_steps.Average(value));

    static double Round(double value) => Math.Round(value, digits: 6);
}
