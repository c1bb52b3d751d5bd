using System.Runtime.InteropServices;
using Paa.Cli;

// The first Ctrl+C (or SIGTERM, as schedulers send it) asks the command to stop; the second one ends the process at once.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, RequestStop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, RequestStop);
return CommandLine.Run(args, Console.Out, Console.Error, stop.Token);

void RequestStop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
