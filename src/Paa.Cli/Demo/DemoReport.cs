using System.Globalization;
using System.Net;
using System.Text;
using Paa.Evaluation;
using Paa.Training;

namespace Paa.Cli.Demo;

/// <summary>A page that shows a run: losses, metrics and pictures. One file, without anything from elsewhere.</summary>
static class DemoReport
{
    const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
        table { border-collapse: collapse; margin: 1rem 0 }
        th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #8884 }
        th:first-child, td:first-child { text-align: left }
        img, svg { max-width: 100%; height: auto }
        pre { overflow: auto; background: #8881; padding: 1rem }
        @media (prefers-color-scheme: dark) { body { color: #ddd; background: #181a1e } }
        """;

    /// <summary>Builds the page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="history">The log of the training.</param>
    /// <param name="metrics">The evaluation on the test split.</param>
    /// <param name="contactSheet">A JPEG file.</param>
    /// <param name="configuration">The configuration in YAML.</param>
    public static string Build(
        string title, TrainingHistory history, CocoMetrics metrics, byte[] contactSheet, string configuration)
    {
        var heading = WebUtility.HtmlEncode(title);
        var figures = CocoParameters.StatNames.Zip(metrics.Stats, (name, value) => new[] { name, Figure(value) });
        var classes = metrics.Classes.Select(row => new[]
        {
            row.Name, Figure(row.AP), Figure(row.AP50), Figure(row.AR100), row.ObjectCount.ToString(CultureInfo.InvariantCulture),
        });
        var sheet = $"data:image/jpeg;base64,{Convert.ToBase64String(contactSheet)}";
        return $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{heading}</title><style>{Style}</style></head><body>
            <h1>{heading}</h1>
            <h2>Metrics on the test split</h2>
            {Table(["metric", "value"], figures)}
            {Table(["class", "AP", "AP50", "AR100", "objects"], classes)}
            <h2>Loss</h2>
            {LossChart(history)}
            <h2>AP during the training</h2>
            {PrecisionChart(history)}
            <h2>Test images</h2>
            <p>Left of each pair: the annotations. Right: what the detector found.</p>
            <img alt="Test images with annotations and detections" src="{sheet}">
            <h2>Configuration</h2>
            <pre>{WebUtility.HtmlEncode(configuration)}</pre>
            </body></html>

            """;
    }

    static string LossChart(TrainingHistory history)
    {
        var perEpoch = history.Train.Count == 0 ? 0 : history.Train.Max(entry => entry.Iter);
        return SvgChart.Draw("iteration",
            Series("all", "#2a78d6", entry => entry.Loss), Series("classes", "#d9822b", entry => entry.LossCls),
            Series("boxes", "#2e9e5b", entry => entry.LossBbox), Series("IoU prediction", "#b04fc4", entry => entry.LossIou));

        ChartSeries Series(string name, string color, Func<TrainLogEntry, double> value) => new(
            name, color, [.. history.Train.Select(entry => ((double)((entry.Epoch - 1) * perEpoch + entry.Iter), value(entry)))]);
    }

    static string PrecisionChart(TrainingHistory history)
    {
        return SvgChart.Draw("epoch", Series("AP", "#2a78d6", entry => entry.Ap), Series("AP50", "#d9822b", entry => entry.Ap50));

        ChartSeries Series(string name, string color, Func<ValLogEntry, double> value) =>
            new(name, color, [.. history.Val.Select(entry => ((double)entry.Epoch, Math.Max(0, value(entry))))]);
    }

    static string Table(string[] header, IEnumerable<string[]> rows)
    {
        var html = new StringBuilder("<table><thead>").Append(Row("th", header)).Append("</thead><tbody>");
        foreach (var row in rows) html.Append(Row("td", row));
        return html.Append("</tbody></table>").ToString();
    }

    static string Row(string tag, string[] cells) =>
        $"<tr>{string.Concat(cells.Select(cell => $"<{tag}>{WebUtility.HtmlEncode(cell)}</{tag}>"))}</tr>\n";

    static string Figure(double value) => value < 0 ? "-" : value.ToString("0.000", CultureInfo.InvariantCulture);
}
