using System.Runtime.InteropServices;

namespace Paa.Cli.Distributed;

/// <summary>What .NET cannot do to processes.</summary>
static partial class NativeProcess
{
    /// <summary>The signal that asks to end.</summary>
    public const int Terminate = 15;

    /// <summary>Ends this process now. Nothing is waited for: threads of a process group may wait for others that never come.</summary>
    public static void Exit(int exitCode)
    {
        Console.Out.Flush();
        Console.Error.Flush();
        ExitNow(exitCode);
    }

    /// <summary>Sends a signal; a process that is gone is no error.</summary>
    public static void Signal(int process, int signal) => _ = Kill(process, signal);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int status);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
