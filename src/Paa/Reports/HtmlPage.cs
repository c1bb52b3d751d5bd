using System.Net;
using System.Text;

namespace Paa.Reports;

/// <summary>Builds an HTML page in a single file that loads nothing from elsewhere.</summary>
static class HtmlPage
{
    /// <summary>Styles for light and dark mode; charts use the colours by name.</summary>
    const string Style = """
        :root { --ink: #1c2733; --soft: #66727f; --line: #dfe4ea; --paper: #fbfcfd;
          --ours: #0b7285; --peer: #c2571a; --good: #2b8a3e; --bad: #c92a2a; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e4e9ee; --soft: #93a0ad; --line: #2e3843; --paper: #14191f;
            --ours: #3bc9db; --peer: #ffa94d; --good: #69db7c; --bad: #ff8787; } }
        body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
          max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
        h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin: 2rem 0 .6rem }
        table { border-collapse: collapse; margin: 1rem 0 }
        th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid var(--line) }
        th:first-child, td:first-child { text-align: left }
        th, small, .soft { color: var(--soft) }
        img, svg { max-width: 100%; height: auto }
        pre { overflow: auto; padding: 1rem; border: 1px solid var(--line) }
        """;

    /// <summary>Builds the whole page.</summary>
    /// <param name="title">Heading of the page, as plain text.</param>
    /// <param name="body">Content after the heading, as HTML.</param>
    /// <param name="style">Additional CSS for this page.</param>
    public static string Build(string title, string body, string style = "")
    {
        var heading = Encode(title);
        return $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{heading}</title><style>{Style}{style}</style></head><body>
            <h1>{heading}</h1>
            {body}
            </body></html>

            """;
    }

    /// <summary>Builds a table; the cells are plain text.</summary>
    /// <param name="header">Names of the columns.</param>
    /// <param name="rows">Rows, each with as many cells as the header.</param>
    public static string Table(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        var html = new StringBuilder("<table><thead>").Append(Row("th", header)).Append("</thead><tbody>");
        foreach (var row in rows) html.Append(Row("td", row));
        return html.Append("</tbody></table>").ToString();
    }

    /// <summary>Escapes plain text for HTML or XML.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    static string Row(string tag, IReadOnlyList<string> cells) =>
        $"<tr>{string.Concat(cells.Select(cell => $"<{tag}>{Encode(cell)}</{tag}>"))}</tr>\n";
}
