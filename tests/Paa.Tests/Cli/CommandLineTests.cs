using System.Diagnostics;
using Paa.Tests.Training.Distributed;

namespace Paa.Tests.Cli;

public sealed class CommandLineTests
{
    [Fact]
    public void Run_WithoutArguments_PrintsTheHelp() => Assert.Equal(Terminal.Run("--help"), Terminal.Run());

    [Fact]
    public void Run_OfACommandGroup_PrintsItsHelp() => Assert.Equal(Terminal.Run("data", "--help"), Terminal.Run("data"));

    [Fact]
    public void Version_IsPrinted() => Assert.Matches(@"^paa \d+\.\d+\.\d+\n$", Terminal.Run("--version").Output);

    [Theory]
    [InlineData("paa: unknown command 'trian', did you mean 'train'? See 'paa --help'.", "trian")]
    [InlineData("paa: unknown command 'frobnicate'. See 'paa --help'.", "frobnicate")]
    [InlineData("paa config: unknown command 'shwo', did you mean 'show'? See 'paa config --help'.", "config", "shwo")]
    [InlineData("paa config show: unknown option '--sett', did you mean '--set'? See 'paa config show --help'.",
        "config", "show", "a.yaml", "--sett")]
    [InlineData("paa config show: unknown argument 'b.yaml'. See 'paa config show --help'.",
        "config", "show", "a.yaml", "b.yaml")]
    [InlineData("paa config show: Required argument 'CONFIG|CHECKPOINT' missing for command: 'show'. "
        + "See 'paa config show --help'.", "config", "show")]
    public void WrongUsage_GivesOneLineAndCode2(string line, params string[] args) => Terminal.Run(args).AssertFails(2, line);

    [Fact]
    public void MissingConfiguration_GivesOneLineAndCode2() =>
        Terminal.Run("config", "show", "none.yaml").AssertFails(2, "paa config show: none.yaml: the file does not exist");

    [Fact]
    public void WrongConfiguration_GivesOneLineAndCode2()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", "optimizer:\n  learning_rate: 1");
        Terminal.Run("config", "show", file).AssertFails(2,
            $"paa config show: {file}:2: optimizer.learning_rate: unknown key, "
            + "expected one of type, lr, momentum, nesterov, weight_decay, betas, paramwise_cfg");
        file = folder.Write("run.yaml", "optimizer: { lr: fast }");
        Terminal.Run("config", "show", file).AssertFails(2,
            $"paa config show: {file}:1: optimizer.lr: expected a number, got 'fast'");
    }

    [Fact]
    public void Verbose_AddsTheStackTrace()
    {
        var run = Terminal.Run("config", "show", "none.yaml", "--verbose");
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(
            "paa config show: Paa.Configuration.ConfigException: none.yaml: the file does not exist\n   at ", run.Error);
    }

    [Fact]
    public void ConfigShow_PrintsYamlThatLoadsAgain()
    {
        using var folder = new TemporaryFolder();
        var first = Terminal.Run("config", "show", folder.Write("a.yaml", "seed: 3"), "--set", "optimizer.lr=0.5", "threads=2");
        Assert.Equal(0, first.ExitCode);
        Assert.Contains("\nseed: 3\n", first.Output);
        Assert.Contains("\n  lr: 0.5\n", first.Output);
        Assert.Contains("\nthreads: 2\n", first.Output);
        Assert.StartsWith("warning: model.backbone.frozen_stages is 1 and nothing is loaded", first.Error);
        Assert.Equal(first.Output, Terminal.Run("config", "show", folder.Write("b.yaml", first.Output)).Output);
    }

    [Theory]
    [InlineData("paa_r18_synth")]
    [InlineData("paa_r18_bccd")]
    public void InstalledConfiguration_IsKnownByName(string name)
    {
        var run = Terminal.Run("config", "show", name);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("depth: 18", run.Output);
    }

    /// <summary>As with <c>paa zoo list | head</c>.</summary>
    [Fact]
    public void ReaderThatHasGone_EndsACommandQuietly()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Paa.Cli.dll");
        var start = new ProcessStartInfo("bash",
            ["-c", $"dotnet exec '{program}' zoo list | (exec 0<&-; sleep 5); echo \"${{PIPESTATUS[0]}}\""])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        Assert.Equal(("141\n", ""), (process.StandardOutput.ReadToEnd(), process.StandardError.ReadToEnd()));
    }

    [Fact]
    public void HomeThatIsNoFolder_IsAnError_NotTheCurrentFolder()
    {
        using var paa = PaaProcess.StartBy(
            ["env", "HOME=/nowhere", "PAA_HOME="], "zoo", "download", "paa_r50_fpn_1x_coco");
        var (exitCode, _, error) = paa.Wait();
        Assert.Equal(1, exitCode);
        Assert.Contains("there is no place for downloads: HOME names no folder; set PAA_HOME to one.", error);
    }

    [Fact]
    public void Executable_PassesArgumentsStreamsAndExitCode()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Paa.Cli.dll");
        var start = new ProcessStartInfo("dotnet", [program, "config", "show", "none.yaml"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal((2, "paa config show: none.yaml: the file does not exist"), (process.ExitCode, error.TrimEnd()));
        Assert.Equal("", process.StandardOutput.ReadToEnd());
    }
}
