using System.Globalization;
using System.Net;
using Paa.Cli.Inspect;
using Paa.Evaluation;
using Paa.Reports;
using Paa.Training.Logs;

namespace Paa.Cli.Demo;

/// <summary>
/// A page that shows a run: losses, metrics and pictures. It is a single file that loads nothing from elsewhere.
/// </summary>
static class DemoReport
{
    /// <summary>Builds the page.</summary>
    /// <param name="title">Heading of the page.</param>
    /// <param name="history">The training log.</param>
    /// <param name="metrics">The evaluation on the test split.</param>
    /// <param name="contactSheet">A JPEG file.</param>
    /// <param name="configuration">The configuration in YAML.</param>
    public static string Build(
        string title, TrainingHistory history, CocoMetrics metrics, byte[] contactSheet, string configuration)
    {
        var figures = metrics.StatNames.Zip(metrics.Stats, (name, value) => new[] { name, Figure(value) });
        var classes = metrics.Classes.Select(row => new[]
        {
            row.Name, Figure(row.AP), Figure(row.AP50), Figure(row.AR), row.ObjectCount.ToString(CultureInfo.InvariantCulture),
        });
        var sheet = $"data:image/jpeg;base64,{System.Convert.ToBase64String(contactSheet)}";
        return HtmlPage.Build(title, $"""
            <h2>Metrics on the test split</h2>
            {HtmlPage.Table(["metric", "value"], figures)}
            {HtmlPage.Table(["class", "AP", "AP50", metrics.StatNames[8], "objects"], classes)}
            <h2>Loss</h2>
            {HistoryCharts.Losses(history)}
            <h2>AP during the training</h2>
            {HistoryCharts.Precision(history)}
            <h2>Test images</h2>
            <p>Left of each pair: the annotations. Right: what the detector found.</p>
            <img alt="Test images with annotations and detections" src="{sheet}">
            <h2>Configuration</h2>
            <pre>{WebUtility.HtmlEncode(configuration)}</pre>
            """);
    }

    static string Figure(double value) => value < 0 ? "-" : value.ToString("0.000", CultureInfo.InvariantCulture);
}
