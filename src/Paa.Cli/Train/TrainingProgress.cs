using System.Globalization;
using Paa.Cli.Shared;
using Paa.Evaluation;
using Paa.Options;
using Paa.Training;
using Spectre.Console;

namespace Paa.Cli.Train;

/// <summary>Shows the progress of a run: a bar on a terminal, otherwise a line at regular intervals.</summary>
/// <param name="shell">Shows the progress.</param>
/// <param name="interval">Iterations between lines; the last iteration of an epoch always gets one.</param>
sealed class TrainingProgress(Shell shell, int interval) : ITrainingObserver
{
    readonly SmoothedStep _average = new();
    TrainingPlan? _plan;
    ProgressTask? _training;
    ProgressTask? _evaluation;
    ProgressContext? _bars;
    int _skipped;

    /// <summary>Runs a training and shows its progress.</summary>
    public T Show<T>(Func<T> train)
    {
        if (!shell.IsTerminal) return train();
        return shell.Progress.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(bars =>
            {
                _bars = bars;
                return train();
            });
    }

    /// <inheritdoc/>
    public void Started(TrainingPlan plan)
    {
        _plan = plan;
        Line(string.Create(CultureInfo.InvariantCulture,
            $"{plan.ImageCount:N0} images, {plan.BatchesPerEpoch:N0} iterations an epoch, {plan.Epochs} epochs, "
            + $"{plan.ParameterCount / 1e6:0.00} M parameters; log and checkpoints in {plan.WorkDirectory}"));
        _training = _bars?.AddTask("starting", maxValue: plan.TotalIterations);
        if (_training is not null) _training.Value = plan.Position.Iteration;
    }

    /// <inheritdoc/>
    public void Stepped(StepReport step)
    {
        _average.Add(step);
        if (step.IsSkipped) _skipped++;
        if (_training is { } bar)
        {
            bar.Value = step.Position.Iteration;
            bar.Description = Markup.Escape(Describe(step));
        }
        else if (step.Position.Iteration % interval == 0 || step.Position.Batch == _plan?.BatchesPerEpoch)
        {
            Line(Describe(step));
        }
    }

    /// <inheritdoc/>
    public void Evaluating(int done, int total)
    {
        if (_bars is null) return;
        _evaluation ??= _bars.AddTask("evaluating", maxValue: total);
        _evaluation.Value = done;
    }

    /// <inheritdoc/>
    public void Evaluated(int epoch, CocoMetrics metrics, bool isBest)
    {
        _evaluation?.StopTask();
        _evaluation = null;
        Line(string.Create(CultureInfo.InvariantCulture,
            $"epoch {epoch}: AP {metrics.AP:0.000}, AP50 {metrics.AP50:0.000}{(isBest ? ", the best so far" : "")}"));
    }

    /// <inheritdoc/>
    public void Notice(string message) => Line(message);

    /// <summary>
    /// A line such as <c>epoch 3/12 20/125  loss 0.912 (cls 0.31 bbox 0.42 iou 0.18)  lr 0.01  8.3 img/s  ETA 0:12:31</c>.
    /// </summary>
    string Describe(StepReport step)
    {
        var left = TimeSpan.FromSeconds(Math.Round((_plan!.TotalIterations - step.Position.Iteration) * _average.Seconds));
        var memory = _plan.Device.IsCuda ? PeakMemory.Megabytes(_plan.Device) / 1024.0
            : Environment.WorkingSet / (double)(1 << 30);
        return string.Create(CultureInfo.InvariantCulture,
            $"epoch {step.Position.Epoch + 1}/{_plan.Epochs} {step.Position.Batch}/{_plan.BatchesPerEpoch}  "
            + $"loss {_average.Loss:0.000} (cls {_average.Classification:0.000} bbox {_average.BoxRegression:0.000} "
            + $"iou {_average.IouPrediction:0.000})  "
            + $"lr {step.Rate:0.########}  {_average.ImagesPerSecond:0.0} img/s  {memory:0.0} GB  {Precision(step)}ETA {left:c}");
    }

    /// <summary>Empty in single precision, otherwise <c>bf16  </c> or <c>fp16 x65536, 2 skipped  </c>.</summary>
    string Precision(StepReport step)
    {
        if (step.Amp == MixedPrecision.Off) return "";
        var scale = step.LossScale is { } factor ? string.Create(CultureInfo.InvariantCulture, $" x{factor:0.########}") : "";
        return $"{step.Amp.ToString().ToLowerInvariant()}{scale}{(_skipped > 0 ? $", {_skipped} skipped" : "")}  ";
    }

    void Line(string text)
    {
        if (_bars is null) shell.Error.WriteLine(text);
        else shell.Progress.WriteLine(text);
    }
}

/// <summary>Losses and speed as a moving average, to show the trend rather than the last batch.</summary>
sealed class SmoothedStep
{
    const double Weight = 0.05;     // of a new value: about the last twenty values count

    double _images;
    int _count;

    public double Classification { get; private set; }

    public double BoxRegression { get; private set; }

    public double IouPrediction { get; private set; }

    public double Seconds { get; private set; }

    public double Loss => Classification + BoxRegression + IouPrediction;

    public double ImagesPerSecond => Seconds > 0 ? _images / Seconds : 0;

    /// <summary>Adds an iteration.</summary>
    public void Add(StepReport step)
    {
        if (!step.Losses.IsFinite) return;      // half precision overflowed, the update was skipped
        _count++;
        Classification = Mix(Classification, step.Losses.Classification);
        BoxRegression = Mix(BoxRegression, step.Losses.BoxRegression);
        IouPrediction = Mix(IouPrediction, step.Losses.IouPrediction);
        Seconds = Mix(Seconds, step.Time.TotalSeconds);
        _images = Mix(_images, step.ImageCount);
    }

    /// <summary>Averages; a plain mean while there are few values, so that the first one does not dominate.</summary>
    double Mix(double average, double value) => average + Math.Max(Weight, 1.0 / _count) * (value - average);
}
