using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Paa.Benchmarks.Works;
using Paa.Reports;

namespace Paa.Benchmarks.Running;

/// <summary>A process that does one kind of work, round by round when told: ours or a peer's.</summary>
sealed class Participant : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);      // some machines are slow, but none hangs for ever

    readonly Process? _process;
    readonly StringBuilder _errors = new();
    readonly List<double> _times = [];
    Task<string?>? _pending;
    bool _isReady;

    /// <summary>Starts it; <see cref="Prepare"/> waits until it is ready.</summary>
    /// <param name="name">For the table.</param>
    /// <param name="command">Program and arguments.</param>
    public Participant(string name, IReadOnlyList<string> command)
    {
        (Name, Command) = (name, command);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = RepositoryFiles.Root,
        };
        try
        {
            _process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            Missing = error.Message;
            return;
        }
        _process.ErrorDataReceived += (_, line) => { lock (_errors) _errors.AppendLine(line.Data); };
        _process.BeginErrorReadLine();
    }

    /// <summary>Who it is.</summary>
    public string Name { get; private set; }

    /// <summary>Program and arguments, without those of the protocol.</summary>
    public IReadOnlyList<string> Command { get; }

    /// <summary>Why it takes no part; null while all is well.</summary>
    public string? Missing { get; private set; }

    /// <summary>Milliseconds of its rounds.</summary>
    public IReadOnlyList<double> Times => _times;

    /// <summary>What came out of its work.</summary>
    public double? Answer { get; private set; }

    /// <summary>The most memory it had, in MiB.</summary>
    public long? PeakMb { get; private set; }

    /// <summary>Managed memory allocated in its last round, in bytes.</summary>
    public long? AllocatedBytes { get; private set; }

    /// <summary>Waits until it has set up its work and warmed up; the second time it is ready already.</summary>
    public void Prepare()
    {
        if (_isReady) return;
        _isReady = true;
        Name = Read()?.Name ?? Name;
    }

    /// <summary>Lets it do one round.</summary>
    public void Round()
    {
        if (Missing is not null || _process is null) return;
        try
        {
            _process.StandardInput.WriteLine();
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended: the answer that does not come tells why.
        }
        if (Read() is not { Milliseconds: { } time } line) return;
        _times.Add(time);
        AllocatedBytes = line.AllocatedBytes;
    }

    /// <summary>Ends it and hears its memory.</summary>
    public void Finish()
    {
        if (Missing is not null || _process is null) return;
        _process.StandardInput.Close();
        if (Read() is not { } line) return;
        (Answer, PeakMb) = (line.Answer, line.PeakMb);
        _process.WaitForExit(Patience);
    }

    /// <summary>Ends it, whatever it does.</summary>
    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill(entireProcessTree: true);
        _process?.Dispose();
    }

    WorkerLine? Read()
    {
        if (Missing is not null || _process is null) return null;
        _pending ??= _process.StandardOutput.ReadLineAsync();
        if (!_pending.Wait(Patience))
        {
            Missing = $"no answer within {Patience.TotalMinutes:0} minutes";
            return null;
        }
        var text = _pending.Result;
        _pending = null;
        try
        {
            if (text is null) throw new JsonException();
            var line = JsonSerializer.Deserialize<WorkerLine>(text, Json.Line)!;
            Missing = line.Missing;
            return Missing is null ? line : null;
        }
        catch (JsonException)
        {
            _process.WaitForExit(TimeSpan.FromSeconds(1));
            lock (_errors)
            {
                const StringSplitOptions NotEmpty = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
                var last = _errors.ToString().Split('\n', NotEmpty).LastOrDefault();
                Missing = $"it failed: {text ?? last ?? "without a word"}";
            }
            return null;
        }
    }
}
