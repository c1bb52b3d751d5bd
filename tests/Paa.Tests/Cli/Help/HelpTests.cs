namespace Paa.Tests.Cli.Help;

/// <summary>Compares the help of every command with the text files beside this one, named after the command.</summary>
public sealed class HelpTests
{
    static readonly string Folder = Path.Combine(Repository.Root, "tests/Paa.Tests/Cli/Help");

    public static TheoryData<string> Commands() =>
        [.. Directory.EnumerateFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_IsTheExpectedText(string command)
    {
        var run = Terminal.Run([.. command.Split(' ').Skip(1), "--help"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(File.ReadAllText(Path.Combine(Folder, $"{command}.txt")), run.Output);
    }

    [Fact]
    public void EveryCommand_HasItsTextAndExamples()
    {
        string[] expected = [.. Directory.EnumerateFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];
        string[] commands = [.. Names("paa").Order()];
        Assert.Equal(expected, commands);
        Assert.All(commands, command => Assert.Contains("\nExamples:\n", File.ReadAllText(Path.Combine(Folder, $"{command}.txt"))));
    }

    /// <summary>A command and those below it, as its help lists them.</summary>
    static IEnumerable<string> Names(string command)
    {
        var help = Terminal.Run([.. command.Split(' ').Skip(1), "--help"]).Output.Split('\n');
        var listed = help.SkipWhile(line => line != "Commands:").Skip(1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal));
        var below = listed.Where(line => line[2] != ' ').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]);
        return [command, .. below.SelectMany(name => Names($"{command} {name}"))];
    }
}
