using System.Globalization;
using Paa.Reports;
using Paa.Training.Logs;

namespace Paa.Cli.Inspect;

/// <summary>Shows training logs as tables and curves.</summary>
static class LogReport
{
    static readonly string[] Header =
        ["epoch", "iter", "loss", "cls", "bbox", "iou", "lr", "s/iter", "data s", "MB", "mAP", "mAP_50", "mAP_75"];

    /// <summary>Prints the epochs of a run.</summary>
    public static void WriteTable(TextWriter output, IReadOnlyList<EpochSummary> epochs)
    {
        var table = new TextTable(Header);
        foreach (var epoch in epochs) table.Add(Cells(epoch));
        table.Write(output);
    }

    /// <summary>Builds a page with curves and the table of each run.</summary>
    /// <param name="runs">At least one run; several are drawn into the same charts.</param>
    public static string BuildPage(IReadOnlyList<(string Name, TrainingHistory History)> runs)
    {
        var tables = runs.Select(run =>
            $"<h2>{HtmlPage.Encode(run.Name)}</h2>{HtmlPage.Table(Header, EpochSummary.Of(run.History).Select(Cells))}");
        return HtmlPage.Build("Training", $"""
            <h2>Loss</h2>
            {(runs is [var only] ? HistoryCharts.Losses(only.History) : HistoryCharts.Compare(runs, entry => entry.Loss))}
            <h2>AP</h2>
            {(runs is [var same] ? HistoryCharts.Precision(same.History) : HistoryCharts.ComparePrecision(runs))}
            <h2>Learning rate</h2>
            {HistoryCharts.Compare(runs, entry => entry.Lr)}
            <h2>Seconds an iteration</h2>
            {HistoryCharts.Compare(runs, entry => entry.Time)}
            {string.Concat(tables)}
            """);
    }

    static string[] Cells(EpochSummary epoch) =>
    [
        Text(epoch.Epoch, "0"), Text(epoch.Iterations, "0"), Text(epoch.Loss, "0.0000"), Text(epoch.LossCls, "0.0000"),
        Text(epoch.LossBbox, "0.0000"), Text(epoch.LossIou, "0.0000"), Text(epoch.Lr, "0.######"), Text(epoch.Time, "0.000"),
        Text(epoch.DataTime, "0.000"), Text(epoch.Memory, "0"), Text(epoch.Ap, "0.000"), Text(epoch.Ap50, "0.000"),
        Text(epoch.Ap75, "0.000"),
    ];

    static string Text(IFormattable? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}

/// <summary>One epoch of a run, summarised from its log; null where the log has no value.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="Iterations">The last logged iteration, 1-based in the epoch.</param>
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
            last is null ? null : train.Max(entry => entry.Memory), Precision(val?.Ap), Precision(val?.Ap50),
            Precision(val?.Ap75));

        double? Mean(Func<TrainLogEntry, double> value) => train.Length == 0 ? null : train.Average(value);

        double? Median(Func<TrainLogEntry, double> value) =>
            train.Length == 0 ? null : train.Select(value).Order().ElementAt(train.Length / 2);
    }

    /// <summary>Turns -1, "nothing to measure", into null.</summary>
    static double? Precision(double? value) => value >= 0 ? value : null;
}

/// <summary>Draws curves of runs from their logs.</summary>
static class HistoryCharts
{
    /// <summary>Colours of the series in order; they can be told apart in light and in dark mode.</summary>
    static readonly string[] Colors = ["#2a78d6", "#d9822b", "#2e9e5b", "#b04fc4", "#d64545", "#3aa6a6"];

    /// <summary>Draws the losses of one run by iteration.</summary>
    public static string Losses(TrainingHistory history) => LineChart.Draw("iteration",
        Line("all", 0, history, entry => entry.Loss), Line("classes", 1, history, entry => entry.LossCls),
        Line("boxes", 2, history, entry => entry.LossBbox), Line("IoU prediction", 3, history, entry => entry.LossIou));

    /// <summary>Draws one number of several runs by iteration.</summary>
    /// <param name="runs">Runs with their names.</param>
    /// <param name="value">Selects the number from a line of the log.</param>
    public static string Compare(IReadOnlyList<(string Name, TrainingHistory History)> runs, Func<TrainLogEntry, double> value) =>
        LineChart.Draw("iteration", [.. runs.Select((run, i) => Line(run.Name, i, run.History, value))]);

    /// <summary>Draws AP and AP50 of one run by epoch.</summary>
    public static string Precision(TrainingHistory history) => LineChart.Draw("epoch",
        Points("AP", 0, history, entry => entry.Ap), Points("AP50", 1, history, entry => entry.Ap50));

    /// <summary>Draws AP of several runs by epoch.</summary>
    public static string ComparePrecision(IReadOnlyList<(string Name, TrainingHistory History)> runs) =>
        LineChart.Draw("epoch", [.. runs.Select((run, i) => Points(run.Name, i, run.History, entry => entry.Ap))]);

    static ChartSeries Line(string name, int index, TrainingHistory history, Func<TrainLogEntry, double> value)
    {
        var perEpoch = history.Train.Count == 0 ? 0 : history.Train.Max(entry => entry.Iter);
        return new ChartSeries(name, Color(index), [.. history.Train.Where(entry => double.IsFinite(value(entry)))
            .Select(entry => new ChartPoint((entry.Epoch - 1) * perEpoch + entry.Iter, value(entry)))]);
    }

    static ChartSeries Points(string name, int index, TrainingHistory history, Func<ValLogEntry, double> value) =>
        new(name, Color(index), [.. history.Val.Select(entry => new ChartPoint(entry.Epoch, Math.Max(0, value(entry))))]);

    static string Color(int index) => Colors[index % Colors.Length];
}
