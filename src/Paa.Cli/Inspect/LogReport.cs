using System.Globalization;
using Paa.Cli.Charts;
using Paa.Training;
using Paa.Training.Logs;

namespace Paa.Cli.Inspect;

/// <summary>Training logs as tables and curves.</summary>
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

    /// <summary>A page with curves and the table of each run.</summary>
    /// <param name="runs">At least one; several are drawn into the same charts.</param>
    public static string BuildPage(IReadOnlyList<(string Name, TrainingHistory History)> runs)
    {
        var tables = runs.Select(run =>
            $"<h2>{System.Net.WebUtility.HtmlEncode(run.Name)}</h2>{HtmlPage.Table(Header, EpochSummary.Of(run.History).Select(Cells))}");
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
