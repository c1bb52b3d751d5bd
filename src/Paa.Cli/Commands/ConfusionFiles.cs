using System.Text;
using Paa.Evaluation;
using Paa.Checkpoints;

namespace Paa.Cli.Commands;

/// <summary>Where <c>--confusion-matrix</c> puts its files.</summary>
static class ConfusionFiles
{
    /// <summary>Writes <c>confusion_matrix.csv</c> and <c>.svg</c>, and prints the matrix.</summary>
    /// <param name="shell">Prints.</param>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="matrix">The counts.</param>
    /// <param name="isPrinted">False where the output is for a program.</param>
    public static void Write(Shell shell, string folder, ConfusionMatrix matrix, bool isPrinted)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "confusion_matrix");
        WriteText($"{file}.csv", ConfusionReport.ToCsv(matrix));
        WriteText($"{file}.svg", ConfusionReport.ToSvg(matrix));
        if (!isPrinted) return;
        var defaults = new ConfusionOptions();
        shell.Output.WriteLine();
        shell.Output.WriteLine(FormattableString.Invariant(
            $" Confusion matrix (score at least {defaults.ScoreThreshold}, IoU at least {defaults.IouThreshold}): {file}.csv, {file}.svg"));
        shell.Output.Write(ConfusionReport.ToText(matrix));
    }

    static void WriteText(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
