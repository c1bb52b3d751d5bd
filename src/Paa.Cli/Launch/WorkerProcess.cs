using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Paa.Cli.Shared;
using Paa.Training.Distributed;

namespace Paa.Cli.Launch;

/// <summary>
/// One process of <c>paa launch</c>. Its output goes to a file, and to the console with its rank before each line.
/// </summary>
sealed partial class WorkerProcess : IDisposable
{
    const string SetsidPath = "/usr/bin/setsid";
    const int SigTerm = 15;

    readonly Process _process;
    readonly StreamWriter _log;
    readonly Lock _logLock = new();

    /// <summary>Starts the process.</summary>
    /// <param name="shell">The console. Rank 0's results go to its output unchanged, everything else to its error stream.</param>
    /// <param name="plan">The processes of this machine.</param>
    /// <param name="localRank">Index of the process on this machine.</param>
    /// <param name="masterPort">Port of the store.</param>
    public WorkerProcess(Shell shell, LaunchPlan plan, int localRank, int masterPort)
    {
        Rank = plan.Rank(localRank);
        LogFile = Path.Combine(plan.LogFolder, string.Create(CultureInfo.InvariantCulture, $"rank-{Rank}.log"));
        _log = new StreamWriter(
            new FileStream(LogFile, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        { AutoFlush = true };
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        SetCommand(start, plan.Arguments);
        SetEnvironment(start.Environment, plan, localRank, masterPort);
        _process = Process.Start(start)!;
        Exit = _process.WaitForExitAsync();         // after the last line
        _process.OutputDataReceived += (_, line) => Write(line.Data, shell, isResult: Rank == 0);
        _process.ErrorDataReceived += (_, line) => Write(line.Data, shell, isResult: false);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Rank { get; }

    public string LogFile { get; }

    /// <summary>Completes when the process has ended.</summary>
    public Task Exit { get; }

    public bool HasExited => Exit.IsCompleted;

    /// <summary>Exit code of the ended process; 128 and above mean a signal.</summary>
    public int ExitCode => _process.ExitCode;

    public void Terminate()
    {
        if (!_process.HasExited) _ = Kill(_process.Id, SigTerm);
    }

    public void Kill()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        lock (_logLock) _log.Dispose();
    }

    /// <summary>
    /// Sets this program as the command, in a session of its own: Ctrl+C reaches the launcher, which passes it on once.
    /// </summary>
    static void SetCommand(ProcessStartInfo start, string[] arguments)
    {
        var own = typeof(WorkerProcess).Assembly;
        var isProgram = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == own.GetName().Name;
        string[] command = isProgram ? [Environment.ProcessPath!, .. arguments] : ["dotnet", "exec", own.Location, .. arguments];
        if (File.Exists(SetsidPath)) command = [SetsidPath, .. command];
        start.FileName = command[0];
        foreach (var argument in command.Skip(1)) start.ArgumentList.Add(argument);
    }

    static void SetEnvironment(IDictionary<string, string?> environment, LaunchPlan plan, int localRank, int masterPort)
    {
        environment["RANK"] = Text(plan.Rank(localRank));
        environment["WORLD_SIZE"] = Text(plan.Processes * plan.Nodes);
        environment["LOCAL_RANK"] = Text(localRank);
        environment["LOCAL_WORLD_SIZE"] = Text(plan.Processes);
        environment["GROUP_RANK"] = Text(plan.NodeRank);
        environment["MASTER_ADDR"] = plan.MasterAddress;
        environment["MASTER_PORT"] = Text(masterPort);
        environment[Placement.LauncherStoreVariable] = "True";
        environment["TORCHELASTIC_RESTART_COUNT"] = "0";
        environment[Workers.TimeoutVariable] = plan.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        environment.TryAdd("TORCH_CPP_LOG_LEVEL", "ERROR");         // no warning for every attempt to connect
        environment.TryAdd("OMP_WAIT_POLICY", "passive");           // waiting threads leave the cores to the other processes

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    void Write(string? line, Shell shell, bool isResult)
    {
        if (line is null) return;
        lock (_logLock)
            if (_log.BaseStream.CanWrite) _log.WriteLine(line);
        lock (shell)
        {
            if (isResult) shell.Output.WriteLine(line);
            else shell.Error.WriteLine($"[{Rank}] {line}");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
