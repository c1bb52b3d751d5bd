using System.Globalization;

namespace Paa.Benchmarks.Report;

/// <summary>The rows as a Markdown table, line by line as they come.</summary>
static class ResultTable
{
    /// <summary>Names of the columns.</summary>
    public const string Header = """
        | work | ours (min-max) | peer (min-max) | ratio | required | rounds |
        | --- | --- | --- | --- | --- | --- |
        """;

    /// <summary>One row.</summary>
    public static string Line(ResultRow row)
    {
        var verdict = row.Met switch { true => "reached", false => "missed", null => "-" };
        var note = row.Note is null ? "" : $" {row.Note}";
        var name = row.PeerName is null ? "" : $", {row.PeerName}";
        var peer = row.Peer is null ? "-" : $"{Figure(row.Peer, row.Unit, row.PeerSpread)}{name}";
        return $"| {row.Work} | {Figure(row.Ours, row.Unit, row.OursSpread)} | {peer} | {Ratio(row)} | "
            + $"{row.Required}: {verdict} | {row.Rounds}/{row.PeerRounds}{note} |";
    }

    /// <summary>A ratio as people read it.</summary>
    public static string Ratio(ResultRow row) => row.Ratio is { } ratio ? Number(ratio) : "-";

    /// <summary>A figure with its spread.</summary>
    public static string Figure(double? value, string unit, Spread? spread)
    {
        if (value is null) return "-";
        var range = spread is null ? "" : $" ({Number(spread.Min)}-{Number(spread.Max)})";
        return $"{Number(value.Value)} {unit}{range}";
    }

    /// <summary>Three significant digits, but whole numbers in full.</summary>
    public static string Number(double value)
    {
        var digits = value >= 100 || value == 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 6);
        return Math.Round(value, digits).ToString($"N{digits}", CultureInfo.InvariantCulture);
    }
}
