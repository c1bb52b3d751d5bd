using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Data;
using Paa.Detectors;
using Paa.Dnn;
using Paa.Engines;
using Paa.Imaging;
using Paa.Torch;
using Paa.Training;
using Paa.Training.Distributed;
using Paa.Zoo;

namespace Paa.Cli.Shared;

/// <summary>Describes an exception in one line for the user.</summary>
static class ErrorText
{
    /// <summary>The message alone if it was written for users; with the exception's type if this program is at fault.</summary>
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

/// <summary>An invalid command line: arguments that contradict each other, a path that does not exist.</summary>
/// <param name="message">One line: what was given, and what is expected.</param>
sealed class UsageException(string message) : Exception(message);

/// <summary>Exit codes of the process.</summary>
static class ExitCode
{
    /// <summary>The command succeeded.</summary>
    public const int Success = 0;

    /// <summary>The command was valid but failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the configuration is wrong; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>Another process of the same job failed and has reported the reason.</summary>
    public const int PeerFailure = 3;

    /// <summary>Stopped by Ctrl+C: 128 + SIGINT, as in shells.</summary>
    public const int Cancelled = 130;

    /// <summary>The reader of the output has gone: 128 + SIGPIPE, as in shells.</summary>
    public const int ClosedPipe = 141;
}
