using System.Diagnostics;
using System.Globalization;
using Paa.Configuration;

namespace Paa.Training;

/// <summary>The clock of a run: the time that has gone, and how long the rest will take at the present pace.</summary>
/// <remarks>It only informs: nothing of a run depends on it.</remarks>
sealed class RunPace
{
    /// <summary>Weight of a new iteration in the mean: about the last hundred count.</summary>
    const double Weight = 0.01;

    /// <summary>Iterations before which a pace is too uncertain for a warning.</summary>
    const int LeastSteps = 20;

    /// <summary>How far the end may lie behind the budget before it is said.</summary>
    const double Tolerance = 1.1;

    readonly Stopwatch _clock = Stopwatch.StartNew();
    TimeSpan _before;
    double _step;                           // seconds, as all below
    double _evaluation;
    double _checkpoint;
    int _steps;
    bool _hasWarned;

    /// <summary>The time that has gone in this process and, if it resumed, in those before.</summary>
    public TimeSpan Elapsed => _before + _clock.Elapsed;

    /// <summary>Goes on from an earlier process.</summary>
    /// <param name="elapsed">The time that it had taken.</param>
    public void Resume(TimeSpan elapsed) => _before = elapsed;

    /// <summary>Begins with measured costs in place of none.</summary>
    public void Expect(RunCosts costs) => (_step, _evaluation, _checkpoint) = (costs.Step, costs.Evaluation, costs.Checkpoint);

    /// <summary>Takes note of an iteration.</summary>
    public void AddStep(TimeSpan time)
    {
        _steps++;
        _step += Math.Max(Weight, 1.0 / _steps) * (time.TotalSeconds - _step);
    }

    /// <summary>Runs an evaluation and takes note of its time.</summary>
    public T Evaluate<T>(Func<T> evaluate)
    {
        var start = Stopwatch.GetTimestamp();
        var result = evaluate();
        _evaluation = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return result;
    }

    /// <summary>Writes a checkpoint and takes note of its time.</summary>
    public void Save(Action save)
    {
        var start = Stopwatch.GetTimestamp();
        save();
        _checkpoint = Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The time until the end of the run, with its evaluations and checkpoints.</summary>
    /// <param name="schedule">The run.</param>
    /// <param name="position">Where it is.</param>
    public TimeSpan TimeLeft(RunSchedule schedule, TrainingPosition position)
    {
        var (evaluations, checkpoints) = schedule.Events(position.Epoch);
        return TimeSpan.FromSeconds((schedule.TotalIterations - position.Iteration) * _step
            + evaluations * _evaluation + checkpoints * _checkpoint);
    }

    /// <summary>A warning, once in a run, that it will end late; null if there is nothing to say.</summary>
    /// <param name="budget">The time for the whole run.</param>
    /// <param name="left">The time until its end.</param>
    public string? Warning(TimeSpan budget, TimeSpan left)
    {
        var end = Elapsed + left;
        if (_hasWarned || _steps < LeastSteps || end <= Tolerance * budget) return null;
        _hasWarned = true;
        return string.Create(CultureInfo.InvariantCulture,
            $"The run is slower than planned: an iteration takes {_step:0.###} s by now, and at this pace the run ends "
            + $"{Clock(end - budget)} after its budget of {DurationText.Of(budget)}. Its schedule stays as it is.");
    }

    static string Clock(TimeSpan time) => DurationText.Of(TimeSpan.FromSeconds(Math.Round(time.TotalSeconds)));
}
