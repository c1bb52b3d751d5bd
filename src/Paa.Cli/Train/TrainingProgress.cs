using System.Globalization;
using Paa.Cli.Shared;
using Paa.Evaluation;
using Paa.Options;
using Paa.Training;

namespace Paa.Cli.Train;

/// <summary>Shows the progress of a run: a bar at the bottom of a terminal, and everywhere a line an epoch and an
/// evaluation.</summary>
/// <param name="shell">Shows the progress.</param>
/// <param name="time">Measures the run; null for the system's clock.</param>
sealed class TrainingProgress(Shell shell, TimeProvider? time = null) : ITrainingObserver
{
    /// <summary>Without a terminal an epoch of hours says this often how it goes.</summary>
    static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(5);

    readonly TimeProvider _time = time ?? TimeProvider.System;
    readonly StepAverage _recent = new(weight: 0.05);       // about the last twenty steps count: for the bar
    StepAverage _epoch = new(weight: 0);
    TrainingPlan? _plan;
    StepReport? _last;
    long _lastAt;
    double? _bestAp;
    long _lineAt;
    int _skipped;

    /// <summary>Runs a training and shows its progress.</summary>
    public T Show<T>(Func<T> train)
    {
        try
        {
            shell.Status?.Show(new Status("starting", 0));
            return train();
        }
        finally
        {
            shell.Status?.Clear();
        }
    }

    /// <inheritdoc/>
    public void Started(TrainingPlan plan)
    {
        _plan = plan;
        _lineAt = _time.GetTimestamp();
        shell.Tell(string.Create(CultureInfo.InvariantCulture,
            $"{plan.ImageCount:N0} images, {plan.BatchesPerEpoch:N0} iterations an epoch, {plan.Epochs} epochs, "
            + $"{plan.ParameterCount / 1e6:0.00} M parameters; log and checkpoints in {plan.WorkDirectory}"));
        shell.Status?.Show(new Status("starting", Done(plan.Position)));
    }

    /// <inheritdoc/>
    public void Stepped(StepReport step)
    {
        (_last, _lastAt) = (step, _time.GetTimestamp());
        _recent.Add(step);
        _epoch.Add(step);
        if (step.IsSkipped) _skipped++;
        ShowBar($"epoch {step.Position.Epoch + 1}/{_plan!.Epochs}");
        var isOver = step.Position.Batch == _plan.BatchesPerEpoch || step.Position.Iteration == _plan.TotalIterations;
        if (!isOver && (shell.Status is not null || _time.GetElapsedTime(_lineAt) < LongestSilence)) return;
        shell.Tell(Describe(step));
        _lineAt = _time.GetTimestamp();
        if (isOver) _epoch = new(weight: 0);
    }

    /// <inheritdoc/>
    public void Evaluating(int done, int total) =>
        ShowBar(string.Create(CultureInfo.InvariantCulture, $"evaluating {done}/{total}"));

    /// <inheritdoc/>
    public void Evaluated(int epoch, CocoMetrics metrics, bool isBest)
    {
        if (isBest) _bestAp = metrics.AP;
        shell.Tell(string.Create(CultureInfo.InvariantCulture,
            $"epoch {epoch}: AP {metrics.AP:0.000}, AP50 {metrics.AP50:0.000}{(isBest ? ", the best so far" : "")}"));
    }

    /// <inheritdoc/>
    public void Notice(string message) => shell.Tell(message);

    void ShowBar(string name)
    {
        if (shell.Status is not { } status || _last is not { } step) return;
        var left = TimeLeft(step, _time.GetElapsedTime(_lastAt));      // goes on while an evaluation runs
        var text = left.TotalHours < 1 ? left.ToString(@"m\:ss", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $@"{(int)left.TotalHours}:{left:mm\:ss}");
        string?[] facts =
        [
            $"{text} left", Figure("loss", _recent.Loss), _bestAp is { } ap ? Figure("AP", ap) : null,
            string.Create(CultureInfo.InvariantCulture, $"{_recent.ImagesPerSecond:0.0} img/s"),
        ];
        status.Show(new Status(name, Done(step.Position), [.. facts.OfType<string>()]));

        static string Figure(string figure, double value) =>
            string.Create(CultureInfo.InvariantCulture, $"{figure} {value:0.000}");
    }

    static TimeSpan TimeLeft(StepReport step, TimeSpan since) =>
        TimeSpan.FromSeconds(Math.Round(Math.Max(0, (step.TimeLeft - since).TotalSeconds)));

    double Done(TrainingPosition position) => _plan is { TotalIterations: > 0 } plan
        ? position.Iteration / (double)plan.TotalIterations : 0;

    /// <summary>
    /// A line such as <c>epoch 3/12 125/125  loss 0.912 (cls 0.31 bbox 0.42 iou 0.18)  lr 0.01  8.3 img/s  1.2 GB  ETA
    /// 0:12:31</c>, with the means of the epoch so far; shorter on a terminal that has no room for it.
    /// </summary>
    string Describe(StepReport step)
    {
        var memory = _plan!.Device.IsCuda ? PeakMemory.Megabytes(_plan.Device) / 1024.0
            : Environment.WorkingSet / (double)(1 << 30);
        var left = TimeLeft(step, TimeSpan.Zero);
        var (full, brief) = (Line(true), Line(false));
        return shell.Status is { } status && full.Length > status.Width ? brief : full;

        string Line(bool isFull) => string.Create(CultureInfo.InvariantCulture,
            $"epoch {step.Position.Epoch + 1}/{_plan.Epochs} {step.Position.Batch}/{_plan.BatchesPerEpoch}  "
            + $"loss {_epoch.Loss:0.000}{(isFull ? Parts() : "")}  lr {step.Rate:0.########}  "
            + $"{_epoch.ImagesPerSecond:0.0} img/s{(isFull ? End() : "")}");

        string End() => string.Create(CultureInfo.InvariantCulture, $"  {memory:0.0} GB  {Precision(step)}ETA {left:c}");

        string Parts() => string.Create(CultureInfo.InvariantCulture,
            $" (cls {_epoch.Classification:0.000} bbox {_epoch.BoxRegression:0.000} iou {_epoch.IouPrediction:0.000})");
    }

    /// <summary>Empty in single precision, otherwise <c>bf16  </c> or <c>fp16 x65536, 2 skipped  </c>.</summary>
    string Precision(StepReport step)
    {
        if (step.Amp == MixedPrecision.Off) return "";
        var scale = step.LossScale is { } factor ? string.Create(CultureInfo.InvariantCulture, $" x{factor:0.########}") : "";
        return $"{step.Amp.ToString().ToLowerInvariant()}{scale}{(_skipped > 0 ? $", {_skipped} skipped" : "")}  ";
    }
}

/// <summary>Losses and speed as a mean, to show the trend rather than the last batch.</summary>
/// <param name="weight">Least weight of a new value in a moving average; 0: all values count the same.</param>
sealed class StepAverage(double weight)
{
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
    double Mix(double average, double value) => average + Math.Max(weight, 1.0 / _count) * (value - average);
}
