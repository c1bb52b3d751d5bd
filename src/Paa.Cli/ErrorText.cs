using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Data;
using Paa.Detectors;
using Paa.Dnn;
using Paa.Engines;
using Paa.Imaging;
using Paa.Models;
using Paa.Torch;
using Paa.Training;
using Paa.Training.Distributed;
using Paa.Zoo;

namespace Paa.Cli;

/// <summary>An exception as one line for the user.</summary>
static class ErrorText
{
    /// <summary>The message alone where it was written for users; the type as well where this program is at fault.</summary>
    public static string Describe(Exception error)
    {
        var line = OneLine(error.Message);
        if (((error as ArchitectureException) ?? error.InnerException as ArchitectureException)?.Details.Count > 0)
            return $"{line} (--verbose lists every key)";
        if (IsExpected(error)) return line;
        return $"internal error, {error.GetType().Name}: {line} (run again with --verbose for the place)";
    }

    /// <summary>Lines joined by spaces.</summary>
    public static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    static bool IsExpected(Exception error) => error
        is UsageException or ConfigException
        or DataException or ImageException or CheckpointException or ArchitectureException or TrainingException
        or DownloadException or DistributedException
        or EngineException or TorchException or ShapeException or DnnException
        or IOException or UnauthorizedAccessException or DllNotFoundException;
}
