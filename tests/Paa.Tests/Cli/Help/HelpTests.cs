namespace Paa.Tests.Cli.Help;

/// <summary>Compares the help of every command with the text files beside this one, named after the command.</summary>
public sealed class HelpTests
{
    static readonly string Folder = Path.Combine(Repository.Root, "tests/Paa.Tests/Cli/Help");

    public static TheoryData<string> Commands() => [.. Texts()];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_IsTheExpectedText(string command)
    {
        var run = Terminal.Run([.. command.Split(' ').Skip(1), "--help"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(Text(command), run.Output);
    }

    [Fact]
    public void EveryCommand_HasItsTextAndExamples()
    {
        Assert.Equal(Texts(), Names("paa").Order());
        Assert.All(Texts(), command => Assert.Contains("\nExamples:\n", Text(command)));
    }

    static IEnumerable<string> Texts() =>
        Directory.EnumerateFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order();

    static string Text(string command) => File.ReadAllText(Path.Combine(Folder, $"{command}.txt"));

    /// <summary>A command and those below it, as its help lists them.</summary>
    static IEnumerable<string> Names(string command)
    {
        var help = Terminal.Run([.. command.Split(' ').Skip(1), "--help"]).Output.Split('\n');
        var listed = help.SkipWhile(line => line != "Commands:").Skip(1).TakeWhile(line => line.Length > 0);
        var below = listed.Where(line => line[2] != ' ').Select(line => line.Trim().Split(' ')[0]);
        return [command, .. below.SelectMany(name => Names($"{command} {name}"))];
    }
}
