using Spectre.Console;

namespace Paa.Cli.Shared;

/// <summary>The streams of a command: results go to <see cref="Output"/>, everything else to <see cref="Error"/>.</summary>
sealed class Shell
{
    const int WidthWithoutTerminal = 160;

    readonly Lazy<IAnsiConsole> _progress;      // lazy: a short command does not need it, and it is slow to create
    readonly Lazy<StatusLine?> _status;

    /// <summary>Wraps the streams of a command.</summary>
    /// <param name="output">Receives results, which another program may read.</param>
    /// <param name="error">Receives progress, notices and errors.</param>
    /// <param name="stop">Cancelled by Ctrl+C.</param>
    /// <param name="input">Opens standard input.</param>
    public Shell(TextWriter output, TextWriter error, CancellationToken stop, Func<Stream> input)
    {
        (Output, Error, Stop, Input) = (output, error, stop, input);
        _progress = new(() =>
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
            if (!console.Profile.Out.IsTerminal) console.Profile.Width = WidthWithoutTerminal;
            return console;
        });
        _status = new(() => IsTerminal && Progress.Profile.Capabilities.Ansi
            ? new StatusLine(Error, StatusLooks.Of(Progress)) : null);
    }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    public CancellationToken Stop { get; }

    /// <summary>Opens standard input; once.</summary>
    public Func<Stream> Input { get; }

    /// <summary>Progress on <see cref="Error"/>: drawn in place on a terminal, plain lines otherwise.</summary>
    public IAnsiConsole Progress => _progress.Value;

    /// <summary>The line at the bottom of the terminal; null where <see cref="Error"/> is none, or one that cannot replace a
    /// line.</summary>
    public StatusLine? Status => _status.Value;

    /// <summary>Whether progress is shown on a terminal.</summary>
    public bool IsTerminal => new AnsiConsoleOutput(Error).IsTerminal;

    /// <summary>Whether results are shown on a terminal.</summary>
    public bool IsOutputTerminal => new AnsiConsoleOutput(Output).IsTerminal;

    /// <summary>Prints one line above a progress bar, or as it is where no bar is drawn.</summary>
    public void Tell(string line)
    {
        if (Status is { } status) status.Print(line);
        else Error.WriteLine(line);
    }

    /// <summary>The same without warnings and progress, for processes that work beside the one that reports.</summary>
    public Shell Silent() => new(Output, TextWriter.Null, Stop, Input);

    /// <summary>Prints a warning, which does not stop the command.</summary>
    public void Warn(string message) => Error.WriteLine($"warning: {message}");
}
