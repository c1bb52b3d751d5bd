using System.Net;
using System.Text;

namespace Paa.Cli.Charts;

/// <summary>A page of HTML in one file, without anything from elsewhere.</summary>
static class HtmlPage
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

    /// <summary>The whole page.</summary>
    /// <param name="title">Its heading, as plain text.</param>
    /// <param name="body">What follows the heading, as HTML.</param>
    public static string Build(string title, string body)
    {
        var heading = WebUtility.HtmlEncode(title);
        return $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{heading}</title><style>{Style}</style></head><body>
            <h1>{heading}</h1>
            {body}
            </body></html>

            """;
    }

    /// <summary>A table; the cells are plain text.</summary>
    /// <param name="header">Names of the columns.</param>
    /// <param name="rows">As many cells each as the header has.</param>
    public static string Table(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        var html = new StringBuilder("<table><thead>").Append(Row("th", header)).Append("</thead><tbody>");
        foreach (var row in rows) html.Append(Row("td", row));
        return html.Append("</tbody></table>").ToString();
    }

    static string Row(string tag, IReadOnlyList<string> cells) =>
        $"<tr>{string.Concat(cells.Select(cell => $"<{tag}>{WebUtility.HtmlEncode(cell)}</{tag}>"))}</tr>\n";
}
