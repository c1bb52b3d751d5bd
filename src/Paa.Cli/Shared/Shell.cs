using Spectre.Console;

namespace Paa.Cli.Shared;

/// <summary>What a command talks to: results go to <see cref="Output"/>, everything else to <see cref="Error"/>.</summary>
sealed class Shell
{
    const int WidthWithoutTerminal = 160;

    /// <summary>Wraps the streams of a command.</summary>
    /// <param name="output">For results, which another program may read.</param>
    /// <param name="error">For progress, notices and errors.</param>
    /// <param name="stop">Ctrl+C.</param>
    public Shell(TextWriter output, TextWriter error, CancellationToken stop)
    {
        (Output, Error, Stop) = (output, error, stop);
        Progress = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        if (!Progress.Profile.Out.IsTerminal) Progress.Profile.Width = WidthWithoutTerminal;
    }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    public CancellationToken Stop { get; }

    /// <summary>Progress on <see cref="Error"/>: drawn in place on a terminal, plain lines otherwise.</summary>
    public IAnsiConsole Progress { get; }

    /// <summary>Whether a person watches the progress.</summary>
    public bool IsTerminal => Progress.Profile.Out.IsTerminal;

    /// <summary>Whether a person reads the results.</summary>
    public bool IsOutputTerminal => new AnsiConsoleOutput(Output).IsTerminal;

    /// <summary>Tells the user something that does not stop the command.</summary>
    public void Warn(string message) => Error.WriteLine($"warning: {message}");
}
