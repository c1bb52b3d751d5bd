using Paa.Training;
using Paa.Training.Logs;

namespace Paa.Cli.Charts;

/// <summary>Curves of a run from its log.</summary>
static class HistoryCharts
{
    /// <summary>For one series after the other; they differ on light and on dark ground.</summary>
    static readonly string[] Colors = ["#2a78d6", "#d9822b", "#2e9e5b", "#b04fc4", "#d64545", "#3aa6a6"];

    /// <summary>The losses of one run by iteration.</summary>
    public static string Losses(TrainingHistory history) => SvgChart.Draw("iteration",
        Line("all", 0, history, entry => entry.Loss), Line("classes", 1, history, entry => entry.LossCls),
        Line("boxes", 2, history, entry => entry.LossBbox), Line("IoU prediction", 3, history, entry => entry.LossIou));

    /// <summary>One number of several runs by iteration.</summary>
    /// <param name="runs">Each with its name.</param>
    /// <param name="value">The number of a line of the log.</param>
    public static string Compare(IReadOnlyList<(string Name, TrainingHistory History)> runs, Func<TrainLogEntry, double> value) =>
        SvgChart.Draw("iteration", [.. runs.Select((run, i) => Line(run.Name, i, run.History, value))]);

    /// <summary>AP and AP50 of one run by epoch.</summary>
    public static string Precision(TrainingHistory history) => SvgChart.Draw("epoch",
        Points("AP", 0, history, entry => entry.Ap), Points("AP50", 1, history, entry => entry.Ap50));

    /// <summary>AP of several runs by epoch.</summary>
    public static string ComparePrecision(IReadOnlyList<(string Name, TrainingHistory History)> runs) =>
        SvgChart.Draw("epoch", [.. runs.Select((run, i) => Points(run.Name, i, run.History, entry => entry.Ap))]);

    static ChartSeries Line(string name, int index, TrainingHistory history, Func<TrainLogEntry, double> value)
    {
        var perEpoch = history.Train.Count == 0 ? 0 : history.Train.Max(entry => entry.Iter);
        return new ChartSeries(name, Color(index), [.. history.Train.Where(entry => double.IsFinite(value(entry)))
            .Select(entry => ((double)((entry.Epoch - 1) * perEpoch + entry.Iter), value(entry)))]);
    }

    static ChartSeries Points(string name, int index, TrainingHistory history, Func<ValLogEntry, double> value) =>
        new(name, Color(index), [.. history.Val.Select(entry => ((double)entry.Epoch, Math.Max(0, value(entry))))]);

    static string Color(int index) => Colors[index % Colors.Length];
}
