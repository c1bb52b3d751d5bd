using Paa.Configuration;
using Paa.Data;

namespace Paa.Cli;

/// <summary>An exception as one line for the user.</summary>
static class ErrorText
{
    /// <summary>The message alone where it was written for users; the type as well where it tells of a fault in this program.</summary>
    public static string Describe(Exception error)
    {
        var line = string.Join(' ', error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return IsExpected(error) ? line : $"internal error, {error.GetType().Name}: {line} (run again with --verbose for the place)";
    }

    static bool IsExpected(Exception error) =>
        error is UsageException or ConfigException or DataException or IOException or UnauthorizedAccessException or DllNotFoundException;
}
