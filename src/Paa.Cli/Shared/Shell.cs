using Spectre.Console;

namespace Paa.Cli.Shared;

/// <summary>What a command talks to: results go to <see cref="Output"/>, everything else to <see cref="Error"/>.</summary>
sealed class Shell
{
    const int WidthWithoutTerminal = 160;

    readonly Lazy<IAnsiConsole> _progress;      // a short command does not need it, and it is slow to make

    /// <summary>Wraps the streams of a command.</summary>
    /// <param name="output">For results, which another program may read.</param>
    /// <param name="error">For progress, notices and errors.</param>
    /// <param name="stop">Ctrl+C.</param>
    public Shell(TextWriter output, TextWriter error, CancellationToken stop)
    {
        (Output, Error, Stop) = (output, error, stop);
        _progress = new(() =>
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
            if (!console.Profile.Out.IsTerminal) console.Profile.Width = WidthWithoutTerminal;
            return console;
        });
    }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    public CancellationToken Stop { get; }

    /// <summary>Progress on <see cref="Error"/>: drawn in place on a terminal, plain lines otherwise.</summary>
    public IAnsiConsole Progress => _progress.Value;

    /// <summary>Whether a person watches the progress.</summary>
    public bool IsTerminal => new AnsiConsoleOutput(Error).IsTerminal;

    /// <summary>Whether a person reads the results.</summary>
    public bool IsOutputTerminal => new AnsiConsoleOutput(Output).IsTerminal;

    /// <summary>Tells the user something that does not stop the command.</summary>
    public void Warn(string message) => Error.WriteLine($"warning: {message}");
}
