using System.Diagnostics;
using System.Text;

namespace Paa.Tests.Training.Distributed;

/// <summary>The command <c>paa</c> as a process of its own, with one computing thread.</summary>
sealed class PaaProcess : IDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    readonly Process _process;
    readonly StringBuilder _output = new();
    readonly StringBuilder _error = new();

    PaaProcess(string[] before, string[] args)
    {
        string[] command = [.. before, "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "Paa.Cli.dll"), .. args];
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.Skip(1)) start.ArgumentList.Add(argument);
        (start.Environment["OMP_NUM_THREADS"], start.Environment["OMP_WAIT_POLICY"]) = ("1", "passive");
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts it.</summary>
    public static PaaProcess Start(params string[] args) => new([], args);

    /// <summary>Starts it by another program.</summary>
    public static PaaProcess StartBy(string[] program, params string[] args) => new(program, args);

    /// <summary>Runs it to its end.</summary>
    public static (int ExitCode, string Output, string Error) Run(params string[] args)
    {
        using var process = Start(args);
        return process.Wait();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Error
    {
        get
        {
            lock (_error) return _error.ToString();
        }
    }

    /// <summary>Error lines that are neither progress nor notices of the run: what a user reads when it failed.</summary>
    public static string[] Messages(string error) => [.. error.Split('\n')
        .Where(line => line.Contains("paa train:", StringComparison.Ordinal)
            || line.Contains("paa launch:", StringComparison.Ordinal))];

    /// <summary>Waits for the end.</summary>
    public (int ExitCode, string Output, string Error) Wait()
    {
        if (!_process.WaitForExit(Limit))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"paa did not end within {Limit.TotalSeconds} s: {Error}");
        }
        _process.WaitForExit();         // for the last lines
        lock (_output) return (_process.ExitCode, _output.ToString(), Error);
    }

    /// <summary>Waits until the error stream has some text.</summary>
    public void WaitFor(string text)
    {
        var clock = Stopwatch.StartNew();
        while (!Error.Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited || clock.Elapsed > Limit) Assert.Fail($"'{text}' did not come: {Error}");
            Thread.Sleep(10);
        }
    }

    /// <summary>The process of a rank, among those that it started.</summary>
    public int Rank(int rank)
    {
        var children = Directory.GetDirectories($"/proc/{Id}/task")
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children"))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(int.Parse);
        return children.Single(child => File.ReadAllText($"/proc/{child}/environ").Split('\0').Contains($"RANK={rank}"));
    }

    /// <summary>Sends a signal.</summary>
    public static void Signal(int process, string signal) =>
        Process.Start("kill", ["-s", signal, process.ToString()]).WaitForExit();

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    static void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.Append(line).Append('\n');
    }
}
