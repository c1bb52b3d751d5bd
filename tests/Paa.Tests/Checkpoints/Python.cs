using System.Diagnostics;

namespace Paa.Tests.Checkpoints;

/// <summary>Runs scripts in a Python that has PyTorch, where there is one.</summary>
static class Python
{
    static readonly Lazy<string?> Command = new(() =>
        Array.Find(["python3", "/usr/bin/python3"], command => Start(command, "import torch, numpy", []).Code == 0));

    /// <summary>Runs a script with arguments and asserts that it ends well; skips the test where there is no PyTorch.</summary>
    public static void Run(string script, params string[] arguments)
    {
        Skip.If(Command.Value is null, "There is no python3 that has torch.");
        var (code, output) = Start(Command.Value!, script, arguments);
        Assert.True(code == 0, output);
    }

    static (int Code, string Output) Start(string command, string script, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, ["-c", script, .. arguments])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output.Result + errors);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return (-1, error.Message);
        }
    }
}
