using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Paa.Configuration;
using Paa.Training.Distributed;

namespace Paa.Cli.Shared;

/// <summary>Runs a command that several processes may share: those that a launcher started, or this one alone.</summary>
static partial class Workers
{
    /// <summary>Carries <c>--timeout</c> of <c>paa launch</c> to the processes that it starts.</summary>
    public const string TimeoutVariable = "PAA_TIMEOUT";

    /// <summary>Default timeout in seconds.</summary>
    public const double DefaultTimeout = 300;

    static readonly TimeSpan Grace = TimeSpan.FromSeconds(0.5);

    /// <summary>The option <c>--timeout 300</c>.</summary>
    public static Option<double?> Timeout()
    {
        var timeout = new Option<double?>("--timeout")
        {
            Description = "With several processes: longest wait for another one in seconds, by default 300.",
            HelpName = "SECONDS",
            CustomParser = result => CommonOptions.Number(result),
        };
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } seconds && !(seconds > 0 && seconds < int.MaxValue / 1000))
                result.AddError($"--timeout: expected a positive number of seconds, got {result.Tokens[0].Value}.");
        });
        return timeout;
    }

    /// <summary>Runs a command.</summary>
    /// <param name="shell">Receives an error. With several processes exactly one of them prints it.</param>
    /// <param name="name">Name of the command.</param>
    /// <param name="timeout">The value of <see cref="Timeout"/>.</param>
    /// <param name="body">The body of the command.</param>
    /// <returns>
    /// The exit code. If one of several processes fails, this method does not return in it: the process ends at once without
    /// waiting for the others.
    /// </returns>
    public static int Run(Shell shell, string name, double? timeout, Func<World, int> body)
    {
        if (Placement.FromEnvironment(Environment.GetEnvironmentVariable) is not { } placement) return body(World.Single);
        World? world = null;
        try
        {
            world = World.Join(placement, TimeSpan.FromSeconds(timeout ?? FromLauncher() ?? DefaultTimeout), EndWithPeer);
            var exitCode = body(world);
            world.Shutdown();
            return exitCode;
        }
        catch (OperationCanceledException) when (shell.Stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            return End(shell, name, placement, world, error);
        }

        void EndWithPeer(Failure? failure)
        {
            var isToTell = failure is null && placement.LocalRank == 0 && world is not null;
            if (isToTell) shell.Error.WriteLine($"paa {name}: {world!.StoreIsGone()}");
            Thread.Sleep(Grace);
            Exit(isToTell ? ExitCode.Failure : ExitCode.PeerFailure);
        }
    }

    /// <summary>The timeout from the variable, if that is set to a number.</summary>
    static double? FromLauncher() => double.TryParse(Environment.GetEnvironmentVariable(TimeoutVariable),
        CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    static int End(Shell shell, string name, Placement placement, World? world, Exception error)
    {
        var cause = ErrorText.Describe(error);
        var (failure, isToTell) = world?.Explain(error, cause)
            ?? (error is PeerFailureException peer ? peer.Failure
                : new Failure(placement.Rank, World.Host, cause, placement.Rank),
                error is not PeerFailureException);
        if (isToTell) shell.Error.WriteLine($"paa {name}: {failure}");
        var exitCode = !isToTell ? ExitCode.PeerFailure
            : error is UsageException or ConfigException ? ExitCode.Usage
            : ExitCode.Failure;
        Exit(exitCode);
        return exitCode;
    }

    /// <summary>
    /// Ends this process at once. Nothing is awaited, because threads of a process group may wait for peers that never come.
    /// </summary>
    static void Exit(int exitCode)
    {
        Console.Out.Flush();
        Console.Error.Flush();
        ExitNow(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int status);
}
