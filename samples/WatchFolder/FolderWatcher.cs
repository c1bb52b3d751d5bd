using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Paa;
using Paa.Imaging;

namespace WatchFolder;

/// <summary>Detects in the images of a folder: those that are there, then each that is put there.</summary>
sealed partial class FolderWatcher(Detector detector, IConfiguration configuration, ILogger<FolderWatcher> log)
    : BackgroundService
{
    static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var folder = Path.GetFullPath(configuration["Folder"] ?? ".");
        var output = Directory.CreateDirectory(Path.Combine(folder, "found")).FullName;
        var files = Channel.CreateUnbounded<string>();
        using var watcher = new FileSystemWatcher(folder);
        watcher.Created += (_, arrival) => files.Writer.TryWrite(arrival.FullPath);
        watcher.Renamed += (_, arrival) => files.Writer.TryWrite(arrival.FullPath);
        watcher.EnableRaisingEvents = true;
        foreach (var file in Directory.EnumerateFiles(folder)) files.Writer.TryWrite(file);
        LogStart(folder);

        var seen = new HashSet<string>();
        await foreach (var file in files.Reader.ReadAllAsync(stoppingToken))
            if (Extensions.Contains(Path.GetExtension(file).ToLowerInvariant()) && seen.Add(file))
                await LookAt(file, output, stoppingToken);
    }

    async Task LookAt(string file, string output, CancellationToken stop)
    {
        try
        {
            await UntilWritten(file, stop);
            var objects = await detector.DetectAsync(file, cancellation: stop);
            var name = Path.GetFileName(file);
            detector.Draw(file, objects, Path.Combine(output, name));
            var line = JsonSerializer.Serialize(new { file = name, objects });
            await File.AppendAllTextAsync(Path.Combine(output, "objects.jsonl"), line + "\n", stop);
            LogFound(name, objects.Length);
        }
        catch (Exception error) when (error is ImageException or IOException)
        {
            LogProblem(error.Message);
        }
    }

    /// <summary>Waits until a file does not grow any more.</summary>
    static async Task UntilWritten(string file, CancellationToken stop)
    {
        for (var length = -1L; length != new FileInfo(file).Length;)
        {
            length = new FileInfo(file).Length;
            await Task.Delay(200, stop);
        }
    }

    [LoggerMessage(LogLevel.Information, "watching {Folder}")]
    partial void LogStart(string folder);

    [LoggerMessage(LogLevel.Information, "{File}: {Count} objects")]
    partial void LogFound(string file, int count);

    [LoggerMessage(LogLevel.Warning, "{Problem}")]
    partial void LogProblem(string problem);
}
