using Paa.Cli;

namespace Paa.Tests.Cli;

/// <summary>Runs the command in this process and keeps what it prints.</summary>
sealed record Terminal(int ExitCode, string Output, string Error)
{
    public static Terminal Run(params string[] args) => Run(CancellationToken.None, args);

    public static Terminal Run(CancellationToken stop, params string[] args)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        var exitCode = CommandLine.Run(args, output, error, stop);
        return new Terminal(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Asserts an exit code, no result, and one line on the error stream.</summary>
    public void AssertFails(int exitCode, string line)
    {
        Assert.Equal((exitCode, "", line + "\n"), (ExitCode, Output, Error));
    }
}
