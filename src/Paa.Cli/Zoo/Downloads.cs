using System.Globalization;
using Paa.Zoo;
using Spectre.Console;

namespace Paa.Cli.Zoo;

/// <summary>Shows downloads.</summary>
static class Downloads
{
    /// <summary>The path of a file in the cache; downloads it unless it is there.</summary>
    public static string Fetch(Shell shell, WeightCache cache, RemoteFile file)
    {
        var path = cache.PathOf(file);
        if (File.Exists(path)) return path;
        shell.Error.WriteLine($"downloading {file.Address} to {path}");
        return shell.IsTerminal ? FetchWithBar(shell, cache, file) : cache.Fetch(file, new Lines(shell.Error), shell.Stop);
    }

    static string FetchWithBar(Shell shell, WeightCache cache, RemoteFile file) => shell.Progress.Progress()
        .AutoClear(true)
        .Columns(new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
        .Start(bars => cache.Fetch(file, new Bar(bars.AddTask(Markup.Escape(file.Name))), shell.Stop));

    sealed class Bar(ProgressTask task) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            task.IsIndeterminate = value.Total is null;
            task.MaxValue = value.Total ?? double.MaxValue;
            task.Value = value.Received;
        }
    }

    /// <summary>A line every tenth of the file, for a log.</summary>
    sealed class Lines(TextWriter output) : IProgress<DownloadProgress>
    {
        const int Parts = 10;
        const double Megabyte = 1e6;

        long _shown;

        public void Report(DownloadProgress value)
        {
            if (value.Total is not { } total || value.Received * Parts / total == _shown) return;
            _shown = value.Received * Parts / total;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{_shown * 100 / Parts} % of {total / Megabyte:0.0} MB"));
        }
    }
}
