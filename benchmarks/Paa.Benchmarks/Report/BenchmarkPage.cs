using System.Globalization;
using System.Text;
using Paa.Platform;
using Paa.Reports;

namespace Paa.Benchmarks.Report;

/// <summary>A page of its own that shows a result: the table, the ratios as bars, the studies as curves. It loads
/// nothing.</summary>
static class BenchmarkPage
{
    const string Style = """
        body { font-size: 15px; max-width: 68rem }
        table { width: 100% } th, td { text-align: left; padding: .45rem .6rem; vertical-align: top }
        td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
        p, dd { color: var(--soft) } small { display: block; white-space: normal }
        .good { color: var(--good) } .bad { color: var(--bad) }
        .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 1.2rem } figure { margin: 0 }
        figcaption { font-weight: 600; font-size: .95rem } svg { width: 100% }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem }
        dt { font-weight: 600 } dd { margin: 0; overflow-wrap: anywhere }
        code { font-size: .85em; overflow-wrap: anywhere } .scroll { overflow-x: auto }
        """;

    /// <summary>Writes the page, whole or not at all.</summary>
    public static void Write(string path, BenchmarkResult result) =>
        AtomicFile.WriteText(path, HtmlPage.Build("Paa: benchmarks", Body(result), Style));

    static string Body(BenchmarkResult result)
    {
        var page = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        page.Append(culture, $"<p>{Encode(result.Machine.GetValueOrDefault("processor", "unknown processor"))}, ")
            .Append(culture, $"{Encode(result.Machine.GetValueOrDefault("cores", "?"))} cores. ")
            .Append(culture, $"{result.Created:yyyy-MM-dd HH:mm} UTC, ")
            .Append(culture, $"{Encode(result.Mode)} run of {result.Seconds / 60:0.0} minutes, ")
            .Append(culture, $"Paa {Encode(result.Versions.GetValueOrDefault("paa", "?"))}.</p>\n");
        if (result.Rows.Count > 0)
        {
            page.Append("<h2>Beside the peers</h2>\n")
                .Append("<p>Medians of rounds taken in turns, with the shortest and the longest round. ")
                .Append("The ratio is the peer's time over ours; for memory, ours over the peer's.</p>\n")
                .Append("<div class=\"scroll\"><table>\n")
                .Append("<tr><th>work</th><th>ours</th><th>peer</th><th>ratio</th><th>required</th><th>rounds</th></tr>\n");
            foreach (var row in result.Rows) page.Append(Row(row));
            page.Append("</table></div>\n<h2>How far from what is required</h2>\n").Append(RatioBars.Draw(result.Rows));
        }
        if (result.Studies.Count > 0)
        {
            page.Append("<h2>How cost grows</h2>\n<p>Both axes are logarithmic; bars reach from the shortest to the longest ")
                .Append("round.</p>\n<div class=\"charts\">\n");
            foreach (var study in result.Studies)
                page.Append(culture, $"<figure><figcaption>{Encode(study.Title)}</figcaption>{Curves(study)}")
                    .Append(culture, $"<small><code>{Encode(study.Command)}</code></small></figure>\n");
            page.Append("</div>\n");
        }
        return page.Append("<h2>Machine</h2>\n").Append(Facts(result.Machine))
            .Append("<h2>Versions</h2>\n").Append(Facts(result.Versions))
            .ToString();
    }

    static string Curves(StudyResult study) => LineChart.DrawLogarithmic(study.Axis, study.Unit,
    [
        .. study.Series.Select((series, i) => new ChartSeries(series.Name, i == 0 ? "var(--ours)" : "var(--peer)",
            [.. series.Points.Select(point => new ChartPoint(point.X, point.Median, (point.Min, point.Max)))])),
    ]);

    static string Row(ResultRow row)
    {
        var verdict = row.Met switch
        {
            true => "<span class=\"good\">reached</span>",
            false => "<span class=\"bad\">missed</span>",
            null => "not measured",
        };
        var stretch = row.Stretch is { } goal ? $", stretch {ResultTable.Number(goal)}" : "";
        var answers = row.OursAnswer is { } own && row.PeerAnswer is { } other
            ? FormattableString.Invariant($"<small>results: {own:0.#####} and {other:0.#####}</small>") : "";
        var note = row.Note is null ? "" : $"<small>{Encode(row.Note)}</small>";
        return $"<tr><td>{Encode(row.Work)}{note}{answers}<small><code>{Encode(row.Command)}</code></small></td>"
            + $"<td class=\"n\">{Figure(row.Ours, row.Unit, row.OursSpread)}</td>"
            + $"<td class=\"n\">{Figure(row.Peer, row.Unit, row.PeerSpread)}<small>{Encode(row.PeerName ?? "")}</small></td>"
            + $"<td class=\"n\"><b>{ResultTable.Ratio(row)}</b></td><td>{Encode(row.Required ?? "")}{stretch}<br>{verdict}</td>"
            + $"<td class=\"n\">{row.Rounds}/{row.PeerRounds}</td></tr>\n";
    }

    static string Figure(double? value, string unit, Spread? spread) => value is null ? "-"
        : $"{ResultTable.Number(value.Value)} {Encode(unit)}"
            + (spread is null ? "" : $"<small>{ResultTable.Number(spread.Min)}-{ResultTable.Number(spread.Max)}</small>");

    static string Facts(IReadOnlyDictionary<string, string> facts) =>
        $"<dl>{string.Concat(facts.Select(fact => $"<dt>{Encode(fact.Key)}</dt><dd>{Encode(fact.Value)}</dd>"))}</dl>\n";

    static string Encode(string text) => HtmlPage.Encode(text);
}
