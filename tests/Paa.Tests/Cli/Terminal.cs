using Paa.Cli;

namespace Paa.Tests.Cli;

/// <summary>Runs the command in this process and keeps what it prints.</summary>
sealed record Terminal(int ExitCode, string Output, string Error)
{
    public static Terminal Run(params string[] args) => Run(CancellationToken.None, args);

    public static Terminal Run(CancellationToken stop, params string[] args) => Run(stop, null, args);

    /// <summary>Runs it with bytes on standard input.</summary>
    public static Terminal RunWithInput(byte[] input, params string[] args) =>
        Run(CancellationToken.None, () => new MemoryStream(input), args);

    static Terminal Run(CancellationToken stop, Func<Stream>? input, string[] args)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        var exitCode = CommandLine.Run(args, output, error, stop, input);
        return new Terminal(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Asserts an exit code, no result, and one line on the error stream.</summary>
    public void AssertFails(int exitCode, string line)
    {
        Assert.Equal((exitCode, "", line + "\n"), (ExitCode, Output, Error));
    }
}
