using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Paa.Cli;

// The first Ctrl+C (or SIGTERM, as schedulers send it) asks the command to stop; the second one ends the process at once.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, RequestStop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, RequestStop);
return CommandLine.Run(args, OpenOutput(), Console.Error, stop.Token);

void RequestStop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

// .NET's console does not tell that the reader of a pipe has gone ('paa predict ... | head'); a pipe does.
static TextWriter OpenOutput()
{
    const int standardOutput = 1;
    if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected) return Console.Out;
    try
    {
        var handle = new SafePipeHandle(standardOutput, ownsHandle: false);
        return new StreamWriter(new AnonymousPipeClientStream(PipeDirection.Out, handle)) { AutoFlush = true };
    }
    catch (IOException)
    {
        return Console.Out;         // a file
    }
}
